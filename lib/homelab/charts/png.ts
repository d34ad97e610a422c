import { initWasm, Resvg } from "@resvg/resvg-wasm";
import wasm from "@resvg/resvg-wasm/wasm" with { type: "bytes" };
import font from "./fonts/DejaVuSans-subset.ttf" with { type: "bytes" };

let ready: Promise<void> | null = null;

/** The picture of an SVG text; the font is the embedded one, whatever the text asks for. */
export async function png(svg: string): Promise<Uint8Array> {
  // The library refuses to be made ready twice.
  await (ready ??= initWasm(wasm));
  const fonts = { fontBuffers: [font], loadSystemFonts: false, defaultFontFamily: "DejaVu Sans" };
  const drawing = new Resvg(svg, { font: fonts });
  try {
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}
