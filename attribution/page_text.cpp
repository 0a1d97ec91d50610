#include "attribution/page_text.hpp"

namespace whittle::attribution {

const std::string_view page_beginning = R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>whittle inspect</title>
<style>
:root { color-scheme: light dark; --back: #fff; --fore: #1f2937; --faint: #6b7280; --line: #d1d5db; }
@media (prefers-color-scheme: dark) { :root { --back: #111827; --fore: #e5e7eb; --faint: #9ca3af; --line: #374151; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; background: var(--back); color: var(--fore);
  font: 14px/1.4 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; padding: .5rem .8rem; border-bottom: 1px solid var(--line); }
header b { overflow-wrap: anywhere; } .note { color: var(--faint); }
input, button, select { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 4px; padding: .15rem .5rem; }
button[aria-pressed=true] { background: var(--fore); color: var(--back); }
#crumbs { flex: 1 1 100%; font-family: ui-monospace, monospace; font-size: 12px; overflow-wrap: anywhere; }
#crumbs button { border: 0; padding: 0 .2rem; text-decoration: underline; cursor: pointer; }
main { flex: 1; display: flex; min-height: 0; }
#map { flex: 3; min-width: 0; position: relative; } canvas { position: absolute; inset: 0; width: 100%; height: 100%; cursor: pointer; }
#list { flex: 1; min-width: 16rem; overflow: auto; border-left: 1px solid var(--line); font-size: 12px; }
#list table { width: 100%; border-collapse: collapse; } #list td { padding: .1rem .4rem; vertical-align: top; overflow-wrap: anywhere; }
#list td:first-child, #list td:nth-child(2) { text-align: right; white-space: nowrap; } #list tr { cursor: pointer; } #list tr:hover { background: var(--line); }
#tip { position: fixed; pointer-events: none; display: none; max-width: 30rem; background: var(--back); border: 1px solid var(--line);
  padding: .3rem .5rem; font-size: 12px; overflow-wrap: anywhere; box-shadow: 0 2px 8px #0004; }
.more { color: #dc2626; } .less { color: #16a34a; }
@media (max-width: 700px) { main { flex-direction: column; } #list { border-left: 0; border-top: 1px solid var(--line); } }
</style></head><body>
<header><b id="place"></b><select id="platform" aria-label="platform"></select><span class="note" id="about"></span>
<span role="group"><button id="by-layer" aria-pressed="true">layers</button> <button id="by-package" aria-pressed="false">packages</button></span>
<input id="search" type="search" placeholder="search names" aria-label="search names">
<nav id="crumbs"></nav></header>
<main><div id="map"><canvas></canvas></div><div id="list"><table><tbody></tbody></table></div></main>
<div id="tip"></div>
<script>
"use strict";
const data = )page";

const std::string_view page_end = R"page(;
const compared = "against" in data;
const $ = id => document.getElementById(id);
function node(row, parent) {  // [name, kind, size, compressed, children, compressed before]
  const n = {name: row[0], kind: row[1], raw: row[2], now: row[3], before: row[5] || 0, parent: parent};
  n.area = Math.max(n.now, n.before);
  n.children = row[4].map(c => node(c, n));
  return n;
}
function whole(name, children) {
  const n = {name: name, kind: "", raw: 0, now: 0, before: 0, area: 0, parent: null, children: children};
  for (const c of children) { c.parent = n; n.raw += c.raw; n.now += c.now; n.before += c.before; n.area += c.area; }
  return n;
}
let platform;  // of data.platforms
function layerView() { return whole("image", platform.tree.map(r => node(r, null))); }
// The same bytes by module, package and function, whatever file and section they lie in; the rest by its file.
function packageView() {
  const top = new Map();
  const at = (map, row) => {
    let n = map.get(row.name);
    if (!n) map.set(row.name, n = {name: row.name, kind: row.kind, raw: 0, now: 0, before: 0, below: new Map()});
    n.raw += row.raw; n.now += row.now; n.before += row.before;
    return n;
  };
  const merge = (map, row) => { const n = at(map, row); for (const c of row.children) merge(n.below, c); };
  const walk = (n, file) => {
    if (n.kind === "module") merge(top, n);
    else if (n.kind === "file" && n.children.length) n.children.forEach(c => walk(c, n));
    else if (n.kind === "layer" && n.children.length) n.children.forEach(c => walk(c, n));
    else if (file && n.children.length) n.children.forEach(c => c.kind === "module" ? walk(c, file) : rest(file, n, c));
    else rest(file, n, null);
  };
  const rest = (file, n, part) => {
    const what = part || n, owner = file && file.kind === "file" ? file : null;
    const box = at(top, {name: owner ? "not in a module: " + owner.name : "files without modules", kind: "part", raw: what.raw, now: what.now, before: what.before});
    at(box.below, {name: part ? n.name + ": " + part.name : n.name, kind: what.kind, raw: what.raw, now: what.now, before: what.before});
  };
  layerView().children.forEach(l => walk(l, null));
  const tree = (map, parent) => [...map.values()].map(m => {
    const n = {name: m.name, kind: m.kind, raw: m.raw, now: m.now, before: m.before, area: Math.max(m.now, m.before), parent: parent};
    n.children = tree(m.below, n);
    return n;
  }).sort((a, b) => b.area - a.area);
  return whole("image", tree(top, null));
}
const human = n => { for (const u of ["B", "kB", "MB"]) { if (Math.abs(n) < 1000) return (u === "B" ? n : n.toFixed(1)) + " " + u; n /= 1000; } return n.toFixed(1) + " GB"; };
const change = n => n.now - n.before;
const signed = n => (n > 0 ? "+" : n < 0 ? "−" : "±") + human(Math.abs(n));
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const hues = {layer: 210, file: 200, section: 265, module: 150, package: 95, function: 35, data: 15, part: 0, smaller: 0, unattributed: 345};
function fill(n, depth) {
  if (compared) {
    const d = change(n), share = Math.min(1, Math.abs(d) / Math.max(1, n.area));
    if (d === 0) return dark() ? "hsl(0 0% 28%)" : "hsl(0 0% 86%)";
    return `hsl(${d > 0 ? 0 : 140} ${30 + 40 * share}% ${dark() ? 42 - 14 * share : 82 - 24 * share}%)`;
  }
  const grey = n.kind === "part" || n.kind === "smaller";
  return `hsl(${hues[n.kind] ?? 0} ${grey ? 0 : 45}% ${dark() ? 24 + depth * 4 : 86 - depth * 5}%)`;
}
// Squarified (Bruls, Huizing, van Wijk): rows along the shorter side, as long as that makes them squarer.
function squarify(children, x, y, w, h, place) {
  const items = children.filter(c => c.area > 0).sort((a, b) => b.area - a.area);
  let total = items.reduce((s, c) => s + c.area, 0), i = 0;
  while (i < items.length && w > 0 && h > 0) {
    const side = Math.min(w, h), scale = w * h / total;
    const worst = (sum, min, max) => { const s = sum * scale, q = side * side / (s * s); return Math.max(q * max * scale, 1 / (q * min * scale)); };
    let end = i + 1, sum = items[i].area;
    while (end < items.length && worst(sum + items[end].area, items[end].area, items[i].area) <= worst(sum, items[end - 1].area, items[i].area)) sum += items[end++].area;
    const thick = sum * scale / side;
    let along = 0;
    for (; i < end; i++) {
      const length = items[i].area / sum * side;
      if (w >= h) place(items[i], x, y + along, thick, length); else place(items[i], x + along, y, length, thick);
      along += length;
    }
    if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
    total -= sum;
  }
}
const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d"), tip = $("tip");
let root, current, boxes = [], found = null, hover = null;
function draw() {
  const ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
  canvas.width = w * ratio; canvas.height = h * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, w, h);
  pen.font = "11px system-ui, sans-serif"; pen.textBaseline = "top";
  boxes = [];
  const place = depth => (n, x, y, bw, bh) => {
    if (bw < 1.5 || bh < 1.5) return;
    boxes.push({n: n, x: x, y: y, w: bw, h: bh});
    pen.globalAlpha = found && !found.has(n) ? 0.25 : 1;
    pen.fillStyle = fill(n, depth);
    pen.fillRect(x + .5, y + .5, bw - 1, bh - 1);
    const named = bw > 40 && bh > 14;
    if (named) {
      pen.save(); pen.beginPath(); pen.rect(x, y, bw - 2, bh); pen.clip();
      pen.fillStyle = dark() ? "#f3f4f6" : "#111827";
      pen.fillText(n.name + "  " + (compared ? signed(change(n)) : human(n.now)), x + 4, y + 2);
      pen.restore();
    }
    pen.globalAlpha = 1;
    const top = named ? 15 : 1;
    if (n.children.length && bw > 6 && bh > top + 5) squarify(n.children, x + 2, y + top, bw - 4, bh - top - 2, place(depth + 1));
  };
  squarify(current.children.length ? current.children : [current], 0, 0, w, h, place(0));
}
function matches(n, words, into) {  // those that match, what is in them, and what they are in
  let hit = n.name.toLowerCase().includes(words), any = hit;
  for (const c of n.children) { if (matches(c, words, into)) any = true; }
  if (hit) { const all = m => { into.add(m); m.children.forEach(all); }; all(n); }
  if (any) into.add(n);
  return any;
}
function rows() {
  const words = $("search").value.trim().toLowerCase(), body = document.querySelector("tbody");
  let list = current.children;
  if (words) {
    list = [];
    const walk = n => { if (n !== current && n.name.toLowerCase().includes(words)) list.push(n); n.children.forEach(walk); };
    walk(current);
  }
  list = list.slice().sort(compared ? (a, b) => Math.abs(change(b)) - Math.abs(change(a)) : (a, b) => b.now - a.now).slice(0, 300);
  body.textContent = "";
  for (const n of list) {
    const tr = document.createElement("tr");
    const cells = [human(n.now), compared ? signed(change(n)) : (root.now ? (100 * n.now / root.now).toFixed(1) : "0") + "%", n.name];
    cells.forEach((text, i) => { const td = document.createElement("td"); td.textContent = text; if (compared && i === 1 && change(n)) td.className = change(n) > 0 ? "more" : "less"; tr.append(td); });
    tr.onclick = () => show(n);
    body.append(tr);
  }
}
function show(n) {
  current = n.children.length ? n : n.parent || n;
  const crumbs = $("crumbs");
  crumbs.textContent = "";
  const path = [];
  for (let p = current; p; p = p.parent) path.unshift(p);
  path.forEach((p, i) => {
    if (i) crumbs.append(" › ");
    const b = document.createElement("button");
    b.textContent = p.name + " " + human(p.now);
    b.onclick = () => show(p);
    crumbs.append(b);
  });
  search();
}
function search() {
  const words = $("search").value.trim().toLowerCase();
  found = null;
  if (words) matches(current, words, found = new Set());
  rows(); draw();
}
function at(event) {
  const r = canvas.getBoundingClientRect(), x = event.clientX - r.left, y = event.clientY - r.top;
  for (let i = boxes.length; i--;) { const b = boxes[i]; if (x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h) return b.n; }
  return null;
}
canvas.onmousemove = event => {
  const n = at(event);
  tip.style.display = n ? "block" : "none";
  if (!n) return;
  if (n !== hover) {
    hover = n;
    const path = [];
    for (let p = n; p && p !== root; p = p.parent) path.unshift(p.name);
    tip.textContent = path.join(" › ") + "\n" + (n.kind ? n.kind + ": " : "") + human(n.now) + " compressed, " + human(n.raw) + " unpacked" + (compared ? ", " + signed(change(n)) : "");
    tip.style.whiteSpace = "pre-wrap";
  }
  tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8) + "px";
};
canvas.onmouseleave = () => { tip.style.display = "none"; hover = null; };
canvas.onclick = event => {  // one level down, towards what was clicked
  let n = at(event);
  while (n && n.parent !== current && n.parent) n = n.parent;
  if (n) show(n);
};
addEventListener("keydown", event => { if (event.key === "Escape" && current.parent) show(current.parent); });
function view(byPackage) {
  $("by-layer").setAttribute("aria-pressed", String(!byPackage));
  $("by-package").setAttribute("aria-pressed", String(byPackage));
  root = byPackage ? packageView() : layerView();
  $("about").textContent = human(root.now) + " compressed, " + human(root.raw) + " unpacked" +
    (compared ? ", " + signed(change(root)) + " against " + data.against : "");
  show(root);
}
$("by-layer").onclick = () => view(false);
$("by-package").onclick = () => view(true);
$("search").oninput = search;
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
$("place").textContent = data.place;
const choice = $("platform");
data.platforms.forEach((p, i) => choice.add(new Option(p.name, i)));
choice.disabled = data.platforms.length < 2;
choice.onchange = () => { platform = data.platforms[choice.value]; view($("by-package").getAttribute("aria-pressed") === "true"); };
// "#packages", "#linux/arm64" or both with a comma between: where the page begins.
const wanted = decodeURIComponent(location.hash.slice(1)).split(",");
choice.value = Math.max(0, data.platforms.findIndex(p => wanted.includes(p.name)));
platform = data.platforms[choice.value];
view(wanted.includes("packages"));
</script></body></html>
)page";

}  // namespace whittle::attribution
