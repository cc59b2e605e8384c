// Validates an AsyncAPI document from standard input with AsyncAPI's own parser.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const errors = diagnostics.filter((d) => d.severity === 0);
for (const e of errors.slice(0, 10)) console.error(e.path.join("."), e.message);
if (!document || errors.length) process.exit(1);
console.log(`AsyncAPI ${document.version()}: ${document.channels().all().length} channels, ${document.messages().all().length} messages`);
