// The HTML report in a real browser, without a network: one line of JSON for each check, `{"check", "problem"}`.
//
//   node browser.mjs FOLDER [CHECK...]
//
// FOLDER holds sample.html, hostile.html, big.html and roles/index.html, written by polgen. CHROMIUM names the browser.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [folder, ...asked] = process.argv.slice(2);
const address = (name) => pathToFileURL(`${folder}/${name}`).href;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [[360, 740], [800, 900], [1440, 900]];
const HOSTILE = JSON.parse(readFileSync(`${folder}/hostile.json`, "utf8"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens a page, does what is asked, and holds that it said nothing and asked for nothing but the file. */
async function opened(name, options, work) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const said = [];
  const requests = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => requests.push(request.url()));
  try {
    await page.goto(address(name));
    await work(page, context);
    assert.deepEqual(said, []);
    const strange = requests.filter((url) => !url.startsWith(pathToFileURL(folder).href) && !url.startsWith("data:"));
    assert.deepEqual(strange, []);
  } finally {
    await context.close();
  }
  return requests;
}

const shown = (page, selector) => page.locator(selector).filter({ visible: true }).count();

/** The violations of WCAG 2.1 AA, with everything unfolded and laid out. */
async function violations(page) {
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("section { content-visibility: visible !important }");
    document.adoptedStyleSheets = [sheet];
  });
  await page.evaluate(AXE);
  const result = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], resultTypes: ["violations"] }));
  return result.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(" | ")}`);
}

const accessible = (name, colorScheme, width = 1440) => () =>
  opened(name, { colorScheme, viewport: { width, height: 900 } }, async (page) => assert.deepEqual(await violations(page), []));

const checks = {
  async "opens quietly and loads nothing"() {
    for (const name of ["sample.html", "hostile.html", "roles/index.html"]) {
      const requests = await opened(name, {}, async (page) => { await page.waitForTimeout(200); });
      assert.deepEqual(requests.filter((url) => !url.startsWith("data:")), [address(name)]);
    }
  },

  async "filters by fate"() {
    await opened("sample.html", {}, async (page) => {
      const all = await shown(page, "#fates tbody tr");
      await page.click(".chips button[data-value=narrowed]");
      assert.equal(await shown(page, "#fates tbody tr"), await page.locator("#fates tbody tr[data-value=narrowed]").count());
      assert.equal(await page.getAttribute(".chips button[data-value=narrowed]", "aria-pressed"), "true");
      await page.click(".chips button[data-value=removed]");
      const both = await shown(page, "#fates tbody tr");
      assert.equal(both, await page.locator("#fates tbody tr:is([data-value=narrowed], [data-value=removed])").count());
      assert.match(await page.textContent("#actions output"), new RegExp(`^${both} of ${all} rows$`));
      await page.click(".chips button[data-value=narrowed]");
      await page.click(".chips button[data-value=removed]");
      assert.equal(await shown(page, "#fates tbody tr"), all);
    });
  },

  async "finds an action inside a folded row"() {
    await opened("sample.html", {}, async (page) => {
      const all = await shown(page, "#fates tbody tr");
      const search = page.getByRole("searchbox", { name: "Search in the table" });
      await search.fill("s3:deletebucketpolicy");
      assert.equal(await shown(page, "#fates tbody tr"), 1);
      assert.equal((await page.locator("#fates .names").filter({ visible: true }).textContent()).trim(), "DeleteBucketPolicy");
      await search.fill("no such thing");
      assert.equal(await shown(page, "#fates tbody tr"), 0);
      assert.ok(await page.isVisible("#fates-nothing"));
      await search.press("Escape");
      assert.equal(await search.inputValue(), "");
      assert.equal(await shown(page, "#fates tbody tr"), all);
      assert.equal(await shown(page, "#fates .names"), 0);
    });
  },

  async "unfolds statements and everything"() {
    await opened("sample.html", {}, async (page) => {
      const first = page.locator("details.statement").first();
      assert.equal(await first.locator("table").isVisible(), false);
      await first.locator("summary").first().focus();
      await page.keyboard.press("Enter");
      assert.equal(await first.locator("table").isVisible(), true);
      await page.click("#unfold");
      assert.equal(await page.locator("main details:not([open])").count(), 0);
      await page.click("#unfold");
      assert.equal(await page.locator("main details[open]").count(), 0);
    });
  },

  async "switches its colours and remembers them"() {
    await opened("sample.html", { colorScheme: "light" }, async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await ground();
      await page.click("#theme");
      assert.equal(await page.textContent("#theme"), "Colours: light");
      await page.click("#theme");
      assert.equal(await page.textContent("#theme"), "Colours: dark");
      const dark = await ground();
      assert.notEqual(dark, light);
      await page.reload();
      assert.equal(await ground(), dark);
      await page.click("#theme");
      assert.equal(await ground(), light);
      await page.emulateMedia({ colorScheme: "dark" });
      assert.equal(await ground(), dark);
    });
  },

  async "sorts by a column"() {
    const cells = (page, table, column) => page.$$eval(`${table} tbody:not(.fixed) tr > :nth-child(${column})`, (all) => all.map((one) => one.textContent.trim()));
    const number = (text) => (text === "–" ? -1 : Number(text.replaceAll(",", "")));
    await opened("sample.html", {}, async (page) => {
      const head = page.locator("#fates thead th").nth(3);
      await head.getByRole("button").click();
      assert.equal(await head.getAttribute("aria-sort"), "descending");
      const down = (await cells(page, "#fates", 4)).map(number);
      assert.deepEqual(down, [...down].sort((one, other) => other - one));
      await head.getByRole("button").click();
      assert.equal(await head.getAttribute("aria-sort"), "ascending");
      const action = page.locator("#fates thead th").nth(1);
      await action.getByRole("button").press("Enter");
      assert.equal(await head.getAttribute("aria-sort"), null);
      assert.equal(await action.getAttribute("aria-sort"), "ascending");
      const names = await page.$$eval("#heat tbody.fixed tr", (all) => all.length);
      await page.locator("#heat thead th").nth(2).getByRole("button").click();
      assert.equal(await page.locator("#heat tbody").first().getAttribute("class"), "fixed");
      assert.equal(await page.$$eval("#heat tbody.fixed tr", (all) => all.length), names);
    });
    await opened("roles/index.html", {}, async (page) => {
      await page.locator("#roles thead th").nth(2).getByRole("button").click();
      const events = (await cells(page, "#roles", 3)).map(number);
      assert.ok(events.length > 3);
      assert.deepEqual(events, [...events].sort((one, other) => other - one));
      await page.getByRole("searchbox").fill("Prototype");
      assert.equal(await shown(page, "#roles tbody tr"), 1);
      await page.getByRole("link", { name: "PrototypeFunctionRole" }).click();
      assert.equal(await page.textContent("h1"), "PrototypeFunctionRole");
      await page.getByRole("link", { name: "All roles" }).click();
      assert.equal(await page.textContent("h1"), "All roles");
    });
  },

  async "can be used by the keyboard alone"() {
    await opened("sample.html", {}, async (page) => {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      assert.ok((await page.locator("a.skip").boundingBox()).x >= 0, "the skip link is seen when it has the focus");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      const wanted = new Set(["search", "chip", "sort", "summary", "scroll"]);
      for (let steps = 0; steps < 60 && wanted.size > 0; steps += 1) {
        await page.keyboard.press("Tab");
        const [kinds, outline] = await page.evaluate(() => {
          const at = document.activeElement;
          const kinds = [at.type === "search" && "search", at.closest(".chips") && "chip", at.closest("thead") && "sort", at.tagName === "SUMMARY" && "summary", at.className === "scroll" && "scroll"];
          return [kinds.filter(Boolean), getComputedStyle(at).outlineStyle];
        });
        for (const kind of kinds) wanted.delete(kind);
        assert.notEqual(outline, "none", "the focus is seen");
      }
      assert.deepEqual([...wanted], []);
    });
  },

  async "copies a command"() {
    await opened("sample.html", {}, async (page, context) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const copy = page.locator("#apply .copied button").first();
      await copy.click();
      await page.waitForFunction((button) => /Copied|Selected/.test(button.textContent), await copy.elementHandle());
      if ((await copy.textContent()) === "Copied") {
        assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.locator("#apply pre").first().textContent());
      }
    });
  },

  async "a link unfolds what it leads to"() {
    await opened("sample.html", {}, async (page) => {
      await page.evaluate(() => { const one = document.querySelector("details.statement .inside"); one.id = "inside"; location.hash = "#inside"; });
      await page.waitForFunction(() => document.getElementById("inside").closest("details").open);
    });
  },

  "no violation of WCAG 2.1 AA, light": accessible("sample.html", "light"),
  "no violation of WCAG 2.1 AA, dark": accessible("sample.html", "dark"),
  "no violation of WCAG 2.1 AA, small": accessible("sample.html", "light", 360),
  "no violation of WCAG 2.1 AA, hostile names": accessible("hostile.html", "dark"),
  "no violation of WCAG 2.1 AA, all roles": accessible("roles/index.html", "light"),
  "no violation of WCAG 2.1 AA, all roles, dark": accessible("roles/index.html", "dark"),

  async "hostile names stay text"() {
    await opened("hostile.html", {}, async (page) => {
      await page.click("#unfold");
      await page.getByRole("searchbox").fill("img src");
      await page.waitForTimeout(100);
      assert.equal(await page.textContent("h1"), HOSTILE.shown);
      assert.equal(await page.locator("img, iframe, body script ~ *").count(), 0);
      assert.equal(await page.locator("script").count(), 1);
      assert.ok((await page.textContent("#denied")).includes(HOSTILE.message));
      assert.ok(!(await page.content()).includes("\u202e"));
    });
  },

  async "fits every size"() {
    for (const name of ["sample.html", "hostile.html", "roles/index.html"]) {
      for (const [width, height] of SIZES) {
        await opened(name, { viewport: { width, height } }, async (page) => {
          await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
          const [is, may] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          assert.ok(is <= may, `${name} at ${width}: ${is} wide`);
          if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name.replaceAll("/", "-")}-${width}.png`, fullPage: true });
        });
      }
    }
  },

  async "holds everything without scripts"() {
    await opened("sample.html", { javaScriptEnabled: false }, async (page) => {
      assert.equal(await shown(page, "#fates tbody tr"), await page.locator("#fates tbody tr").count());
      assert.equal(await page.locator("input, button").count(), 0);
      assert.equal(await shown(page, "section"), 11);
      await page.locator("details.statement summary").first().click();
      assert.ok(await page.locator("details.statement table").first().isVisible());
    });
  },

  async "prints everything on white"() {
    await opened("sample.html", { colorScheme: "dark" }, async (page) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
      assert.equal(await page.isVisible("nav"), false);
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await page.locator("main details:not([open])").count(), 0);
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.ok((await page.locator("main details:not([open])").count()) > 0);
      assert.ok((await page.pdf({ format: "A4" })).length > 10_000);
    });
  },

  async "5,000 accesses open within two seconds"() {
    let best = Infinity;
    for (let turn = 0; turn < 4 && best >= 2000; turn += 1) {
      await opened("big.html", {}, async (page) => {
        best = Math.min(best, await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd));
        assert.ok((await page.locator("table.heat tbody tr").count()) >= 5000);
        const took = await page.evaluate(async () => {
          const search = document.querySelector("#actions input");
          const start = performance.now();
          search.value = "PutItem";
          search.dispatchEvent(new Event("input"));
          await new Promise((done) => setTimeout(done, 0));
          while (!/^1 of/.test(document.querySelector("#actions output").textContent)) await new Promise((done) => setTimeout(done, 5));
          return performance.now() - start;
        });
        assert.ok(took < 1000, `the search took ${Math.round(took)} ms`);
      });
    }
    assert.ok(best < 2000, `${Math.round(best)} ms`);
    return `${Math.round(best)} ms`;
  },
};

for (const [check, run] of Object.entries(checks)) {
  if (asked.length > 0 && !asked.includes(check)) continue;
  const start = performance.now();
  let problem = null;
  let told = null;
  try {
    told = await run();
  } catch (error) {
    problem = error.message;
  }
  const milliseconds = Math.round(performance.now() - start);
  console.log(JSON.stringify({ check, problem, milliseconds, told: typeof told === "string" ? told : undefined }));
}
await browser.close();
