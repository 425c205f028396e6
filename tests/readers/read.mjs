// Runs a line in the environment of a reader, and prints its rows as JSON: node read.mjs LANGUAGE LINE.
import fs from "node:fs";
import { createRequire } from "node:module";

const installed = createRequire(`${process.env.NODE_MODULES}/`);
const read = file => fs.readFileSync(file, "utf8");
const files = pattern => fs.globSync(pattern).sort();

/** Runs jq by its command line, and returns what it prints. */
const jq = async (package_, line) => {
  const [, option, filter, pattern] = line.split(" ");
  return package_.raw(files(pattern).map(read).join(""), filter, [option]);
};

const languages = {
  /** Evaluates an expression, in which `lines` are those of files. */
  js: async line => {
    const lines = pattern => files(pattern).flatMap(file => read(file).trimEnd().split("\n"));
    const pg = installed("pg");
    return eval(line);
  },
  jq: line => jq(installed("jq-wasm"), line),
  "jq-1.6": line => jq(installed("jq-web").promised, line),
};

const [language, line] = process.argv.slice(2);
const rows = await languages[language](line);
const exact = (_, value) => typeof value === "bigint" ? JSON.rawJSON(String(value)) : value;
process.stdout.write(typeof rows === "string" ? rows : JSON.stringify(rows, exact), () => process.exit());
