/** Reads a large tiled image in many places and prints what memory that took. */
import { byteCache } from "../../src/index.js";
import { tiledImage } from "../../src/node/index.js";

const cache = byteCache(4e6);
const source = await tiledImage(process.argv[2]!, { cache });
await source.read({ left: 0, top: 0, width: 10, height: 10 }); // libvips is loaded
const most = () => process.resourceUsage().maxRSS * 1024;
const before = most();
for (let i = 0; i < 150; i++)
  await source.read({ left: (i * 1543) % source.width, top: (i * 3571) % source.height, width: 64, height: 64 });
await source.read({ left: 0, top: 0, width: source.width, height: source.height }, 1 / 16);
console.log(JSON.stringify({ before, after: most(), misses: cache.misses }));
await source.close();
