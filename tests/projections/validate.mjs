// Holds projections against the schemas and tools of their formats.
//
// `node validate.mjs FOLDER` reads `FOLDER/<format>/…`, prints one line for each file, and exits with 1 if one is refused.
// It stands beside the packages that `package.json` names.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

async function asyncapi() {
  const Ajv = (await import("ajv")).default;
  const formats = (await import("ajv-formats")).default;
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  const check = ajv.compile(require("@asyncapi/specs/schemas/3.0.0-without-$id.json"));
  return (text) => (check(JSON.parse(text)) ? [] : check.errors.map((e) => `${e.instancePath} ${e.message}`));
}

async function openapi() {
  const { Validator } = await import("@seriousme/openapi-schema-validator");
  return async (text) => {
    const result = await new Validator().validate(JSON.parse(text));
    return result.valid ? [] : [JSON.stringify(result.errors)];
  };
}

async function mermaid() {
  const { JSDOM } = await import("jsdom");
  const { window } = new JSDOM("");
  Object.assign(globalThis, { window, document: window.document });
  const mermaid = (await import("mermaid")).default;
  mermaid.initialize({ startOnLoad: false });
  return async (text) => {
    try {
      await mermaid.parse(text);
      return [];
    } catch (error) {
      return [String(error.message)];
    }
  };
}

async function d2() {
  const { D2 } = await import("@terrastruct/d2");
  const compiler = new D2();
  return async (text) => {
    try {
      await compiler.compile(text);
      return [];
    } catch (error) {
      return [String(error.message)];
    }
  };
}

// The policies are read, and decide on the calls of `decisions.json` as they should; of other models they are read alone.
async function cedar() {
  const { checkParsePolicySet, isAuthorized } = require("@cedar-policy/cedar-wasm/nodejs");
  const quantity = (value) => (value?.amount ? { __extn: { fn: "decimal", arg: /\./.test(value.amount) ? value.amount : `${value.amount}.0` } } : value);
  const attributes = (values) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, quantity(value)]));
  return (text) => {
    const policies = { staticPolicies: text };
    const parsed = checkParsePolicySet(policies);
    if (parsed.type !== "success") return parsed.errors.map((e) => e.message);
    const wanted = JSON.parse(readFileSync(new URL("decisions.json", import.meta.url), "utf8"));
    const problems = [];
    for (const { case: name, operation, actor, input, state, allowed } of wanted.filter((w) => text.includes(`"${w.operation}"`))) {
      const principal = { type: "Caller", id: actor.id };
      const resource = { type: "State", id: "it" };
      const answer = isAuthorized({
        principal,
        action: { type: "Action", id: operation },
        resource,
        context: { input: attributes(input) },
        policies,
        entities: [
          { uid: principal, attrs: { id: actor.id }, parents: actor.roles.map((id) => ({ type: "Role", id })) },
          { uid: resource, attrs: attributes(state), parents: [] },
        ],
      });
      const decision = answer.response?.decision ?? JSON.stringify(answer.errors);
      if (decision !== (allowed ? "allow" : "deny")) problems.push(`${name}: ${decision}`);
    }
    return problems;
  };
}

// Mermaid wants a document; D2 takes one for a browser, so it goes first.
const formats = { asyncapi, openapi, cedar, d2, mermaid };
const folder = process.argv[2];
let wrong = 0;
for (const [format, prepare] of Object.entries(formats)) {
  // A model may have nothing that a format has words for.
  if (!existsSync(join(folder, format))) continue;
  const check = await prepare();
  const files = readdirSync(join(folder, format), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  for (const file of files.sort((a, b) => (a.parentPath + a.name < b.parentPath + b.name ? -1 : 1))) {
    const path = join(file.parentPath, file.name);
    const problems = await check(readFileSync(path, "utf8"));
    console.log(`${problems.length ? "REFUSED" : "valid"} ${path.slice(folder.length + 1)}`);
    problems.forEach((problem) => console.log(`    ${problem}`));
    wrong += problems.length;
  }
}
process.exit(wrong ? 1 : 0);
