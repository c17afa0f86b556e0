// Opens served report pages in Chromium at three widths, light and dark: nothing on the console, nothing wider than
// the window, every chart drawn, no serious finding of axe, tables that sort by mouse and keyboard, clips that play.
// usage: node check_pages.js CATALOG PICTURES_DIR NAME=FOLDER...   (PICTURES_DIR may be empty)
"use strict";
const childProcess = require("child_process");
const fs = require("fs");
const path = require("path");

const npm = path.join(process.env.CHANGELING_ASSETS_DIR, "npm");
const { chromium } = require(path.join(npm, "playwright-core"));
const axeSource = fs.readFileSync(path.join(npm, "axe-core", "axe.min.js"), "utf8");
const widths = [390, 820, 1440];
const tilePx = 2400;
const withoutCharts = ["gate", "card", "corpus"];

const [catalog, pictures, ...pages] = process.argv.slice(2);
const faults = [];
const counts = { pages: 0, charts: 0, tables: 0, clips: 0, axe: 0 };

// Starts `report serve` on a free port; resolves to its address and a function that stops it.
function serve(folder) {
  const child = childProcess.spawn("changeling",
    ["report", "serve", "--catalog", catalog, "--out", folder, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error("report serve ended with exit code " + code)));
    child.stdout.on("data", (text) => {
      const found = /http:\S+/.exec(text);
      if (found) resolve({ address: found[0], stop: () => child.kill("SIGTERM") });
    });
  });
}

function watch(page, fault) {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") fault("console: " + message.text());
  });
  page.on("pageerror", (error) => fault("script: " + error.message));
  page.on("response", (response) => {
    if (response.status() >= 400) fault(response.status() + " for " + response.url());
  });
}

// Elements that reach over the window's edge, except inside what scrolls by itself.
async function checkWidth(page, fault) {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const found = [];
    if (document.documentElement.scrollWidth > limit) found.push("the page scrolls sideways");
    document.querySelectorAll("body *").forEach((element) => {
      const box = element.getBoundingClientRect();
      if (box.width > 0 && box.right > limit + 1 && !element.closest(".scroll, pre")) {
        found.push("<" + element.tagName.toLowerCase() + " class='" + element.className + "'> ends at " + box.right);
      }
    });
    return found;
  });
  wide.slice(0, 3).forEach((text) => fault("overflow: " + text));
}

// A canvas is drawn when its plot holds pixels that are neither empty nor of the grid; a static chart when it has marks
// with an extent.
async function checkCharts(page, fault, wantsCharts) {
  const result = await page.evaluate(() => {
    const grid = document.createElement("canvas").getContext("2d");
    grid.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--line").trim();
    grid.fillRect(0, 0, 1, 1);
    const line = grid.getImageData(0, 0, 1, 1).data;
    function marks(holder) {
      const canvas = holder.querySelector("canvas");
      const over = holder.querySelector(".u-over");
      if (!canvas || !over) return 0;
      const frame = canvas.getBoundingClientRect(), plot = over.getBoundingClientRect();
      const scale = canvas.width / frame.width;
      const data = canvas.getContext("2d").getImageData((plot.left - frame.left) * scale, (plot.top - frame.top) * scale,
        plot.width * scale, plot.height * scale).data;
      let found = 0;
      for (let i = 0; i < data.length; i += 4) {
        const isGrid = [0, 1, 2].every((c) => Math.abs(data[i + c] - line[c]) < 12);
        if (data[i + 3] > 128 && !isGrid) found += 1;
      }
      return found;
    }
    const empty = [];
    let drawn = 0;
    document.querySelectorAll(".chart").forEach((holder) => {
      if (marks(holder) < 10) empty.push("chart " + holder.dataset.kind + " " + holder.dataset.metric);
      drawn += 1;
    });
    document.querySelectorAll("figure svg").forEach((svg) => {
      if (svg.getBoundingClientRect().width === 0) return; // replaced by a live chart
      const shapes = Array.from(svg.querySelectorAll("rect, circle, path, line, polyline, polygon"))
        .filter((shape) => !shape.classList.contains("axis"));
      if (!shapes.some((shape) => { const box = shape.getBBox(); return box.width + box.height > 0; })) {
        empty.push("static chart in " + svg.closest("figure").textContent.trim().slice(0, 40));
      }
      drawn += 1;
    });
    return { empty, drawn };
  });
  result.empty.forEach((text) => fault("not drawn: " + text));
  if (wantsCharts && result.drawn === 0) fault("the page has no chart");
  counts.charts += result.drawn;
}

async function checkPictures(page, fault) {
  await page.waitForFunction(() => Array.from(document.querySelectorAll("video")).every((one) => one.readyState >= 2), null,
    { timeout: 20000 }).catch(() => fault("a player shows no picture"));
  const blank = await page.evaluate(async () => {
    const images = Array.from(document.images);
    await Promise.all(images.map((image) => image.decode().catch(() => {})));
    return images.filter((image) => image.naturalWidth === 0 || !image.alt).map((image) => image.alt || image.src);
  });
  blank.forEach((text) => fault("a picture is blank or without words: " + text.slice(0, 80)));
}

async function checkAxe(page, fault) {
  await page.evaluate(axeSource);
  await page.addStyleTag({ content: ".scroll { background: none }" }); // axe measures no contrast on a gradient
  const violations = await page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .map((one) => ({ id: one.id, impact: one.impact, help: one.help, where: one.nodes[0].html.slice(0, 120) })));
  violations.forEach((one) => {
    counts.axe += 1;
    if (one.impact === "serious" || one.impact === "critical") {
      fault("axe: " + one.impact + " " + one.id + ", " + one.help + ": " + one.where);
    }
  });
}

// Whether the cells of a column stand in the order that its head claims; numbers before words when ascending.
async function orderFault(table, column) {
  return table.evaluate((element, index) => {
    const head = element.tHead.rows[0].cells[index];
    const order = head.getAttribute("aria-sort");
    if (!order) return "no aria-sort";
    const sign = order === "ascending" ? 1 : -1;
    const texts = Array.from(element.tBodies[0].rows).map((row) => row.cells[index].textContent.trim());
    const collator = new Intl.Collator("en", { numeric: true });
    for (let i = 1; i < texts.length; i++) {
      const a = parseFloat(texts[i - 1]), b = parseFloat(texts[i]);
      const isNumber = head.classList.contains("num");
      const step = !isNumber ? collator.compare(texts[i - 1], texts[i])
        : isNaN(a) || isNaN(b) ? Number(isNaN(a)) - Number(isNaN(b)) : a - b;
      if (sign * step > 0) return order + ", but '" + texts[i - 1] + "' before '" + texts[i] + "'";
    }
    return "";
  }, column);
}

async function sortColumn(page, table, column, act, wanted, fault) {
  await act();
  const order = await table.evaluate((element, index) => element.tHead.rows[0].cells[index].getAttribute("aria-sort"), column);
  const wrong = order === wanted ? await orderFault(table, column) : "aria-sort is " + order + ", not " + wanted;
  const label = wrong && await table.evaluate((element) => element.closest(".scroll").getAttribute("aria-label"));
  if (wrong) fault("sorting '" + label + "' by column " + column + ": " + wrong);
}

async function checkSorting(page, fault, onlyFirst) {
  const tables = await page.locator("table.sortable").all();
  for (const table of onlyFirst ? tables.slice(0, 2) : tables) {
    if (await table.locator("tbody tr").count() < 2) continue;
    const buttons = table.locator("thead button");
    const last = await buttons.count() - 1;
    await sortColumn(page, table, last, () => buttons.nth(last).click(), "ascending", fault);
    await buttons.nth(0).focus();
    await sortColumn(page, table, 0, () => page.keyboard.press("Enter"), "ascending", fault);
    await sortColumn(page, table, 0, () => page.keyboard.press("Space"), "descending", fault);
    await page.keyboard.press("Tab");
    await sortColumn(page, table, 1, () => page.keyboard.press("Enter"), "ascending", fault);
    counts.tables += 1;
  }
}

// Starts every clip with the keyboard and lets it run.
async function checkClips(page, fault) {
  const wanted = await page.locator("[data-clip]").count();
  const videos = await page.locator("[data-clip] video").all();
  if (videos.length !== wanted) fault(videos.length + " players for " + wanted + " clips");
  for (const video of videos) {
    await video.scrollIntoViewIfNeeded();
    await video.focus();
    await page.keyboard.press("Space");
    const plays = await video.evaluate((element) => new Promise((resolve) => {
      const until = Date.now() + 8000;
      const look = () => element.played.length > 0 && element.played.end(0) > 0.1 ? resolve(true)
        : Date.now() > until ? resolve(false) : setTimeout(look, 20);
      look();
    }));
    if (!plays) fault("the clip '" + await video.getAttribute("aria-label") + "' does not play");
    counts.clips += 1;
  }
}

async function takePictures(page, name) {
  if (!pictures) return;
  fs.mkdirSync(pictures, { recursive: true });
  const size = page.viewportSize();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let top = 0; top < height; top += tilePx) {
    await page.screenshot({ path: path.join(pictures, name + "-" + Math.floor(top / tilePx) + ".png"), fullPage: true,
      clip: { x: 0, y: top, width: size.width, height: Math.min(tilePx, height - top) } });
  }
}

async function openPage(browser, address, width, scheme, fault) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  watch(page, fault);
  await page.goto(address, { waitUntil: "load" });
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  return { page, close: () => context.close() };
}

async function checkPage(browser, name, address, folder) {
  for (const scheme of ["light", "dark"]) {
    for (const width of scheme === "light" ? widths : [1440]) {
      const where = name + " at " + width + " px, " + scheme;
      const fault = (text) => faults.push(where + ": " + text);
      const { page, close } = await openPage(browser, address, width, scheme, fault);
      await checkWidth(page, fault);
      await checkCharts(page, fault, !withoutCharts.includes(name));
      await checkPictures(page, fault);
      await takePictures(page, name + "-" + width + "-" + scheme);
      await checkAxe(page, fault);
      await checkSorting(page, fault, width !== 1440 || scheme === "dark");
      await checkClips(page, fault);
      await close();
      counts.pages += 1;
      console.log(where + ": looked at");
    }
  }
  // Opened as a file the page asks for nothing and offers no player.
  const fault = (text) => faults.push(name + " as a file: " + text);
  const { page, close } = await openPage(browser, "file://" + path.join(folder, "index.html"), 1440, "light", fault);
  if (await page.locator("video").count() > 0) fault("a player without a server");
  await close();
}

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHANGELING_CHROMIUM,
    args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
  for (const entry of pages) {
    const [name, folder] = [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)];
    const server = await serve(folder);
    try {
      await checkPage(browser, name, server.address, folder);
    } finally {
      server.stop();
    }
  }
  await browser.close();
  if (counts.clips === 0) faults.push("no clip was played");
  faults.forEach((text) => console.log(text));
  console.log(faults.length + " faults; " + counts.pages + " views of " + pages.length + " pages, " + counts.charts +
    " charts drawn, " + counts.tables + " tables sorted by mouse and keyboard, " + counts.clips + " clips played, " +
    counts.axe + " minor findings of axe");
  process.exitCode = faults.length > 0 ? 4 : 0;
}

main().catch((error) => {
  console.log(error.stack);
  process.exitCode = 4;
});
