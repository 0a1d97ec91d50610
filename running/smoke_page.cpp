#include "running/smoke_page.hpp"

#include <string_view>

namespace whittle::running {
namespace {

constexpr std::string_view page_beginning = R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>whittle smoke</title>
<style>
:root { color-scheme: light dark; --line: #8884; --faint: #888; }
body { margin: 1rem auto; max-width: 60rem; padding: 0 1rem; font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.1rem; overflow-wrap: anywhere; } h2 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
table { border-collapse: collapse; } td, th { padding: .1rem .8rem .1rem 0; text-align: right; } td:first-child, th:first-child { text-align: left; }
svg { width: 100%; height: 180px; border-bottom: 1px solid var(--line); display: block; }
path { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.limit { stroke-dasharray: 4; } .legend span { margin-right: 1rem; } .bad { color: #dc2626; } .good { color: #16a34a; } .note { color: var(--faint); }
pre { overflow: auto; max-height: 20rem; border: 1px solid var(--line); padding: .5rem; }
</style></head><body><main></main>
<script>
"use strict";
const data = )page";

constexpr std::string_view page_end = R"page(;
const main = document.querySelector("main");
const add = (tag, text, name) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (name) e.className = name; main.append(e); return e; };
const mib = n => (n / 1048576).toFixed(1) + " MiB";
const ms = n => n >= 1000 ? (n / 1000).toFixed(2) + " s" : n.toFixed(2) + " ms";
const colors = ["#2563eb", "#d97706", "#16a34a", "#9333ea", "#dc2626"];
// lines: [name, [[x, y]…], extra class]; all from zero, with a common scale.
function chart(title, lines, show) {
  lines = lines.filter(l => l[1].length > 1);
  if (!lines.length) return;
  add("h2", title);
  const all = lines.flatMap(l => l[1]), right = Math.max(...all.map(p => p[0])), top = Math.max(...all.map(p => p[1]), 1e-9);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 1000 180"); svg.setAttribute("preserveAspectRatio", "none"); svg.setAttribute("role", "img");
  const legend = document.createElement("div"); legend.className = "legend";
  lines.forEach((l, i) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", l[1].map((p, j) => (j ? "L" : "M") + (p[0] / right * 1000).toFixed(1) + " " + (178 - p[1] / top * 174).toFixed(1)).join(""));
    path.setAttribute("stroke", colors[i % colors.length]); if (l[2]) path.setAttribute("class", l[2]);
    svg.append(path);
    const name = document.createElement("span"); name.textContent = l[0] + ", up to " + show(Math.max(...l[1].map(p => p[1]))); name.style.color = colors[i % colors.length];
    legend.append(name);
  });
  main.append(svg, legend);
  add("div", "0 to " + right.toFixed(0) + " s", "note");
}
function table(head, rows) {
  const t = add("table");
  for (const [tag, cells] of [["th", head], ...rows.map(r => ["td", r])]) {
    const tr = t.insertRow();
    for (const c of cells) { const e = document.createElement(tag); e.textContent = c; tr.append(e); }
  }
}
add("h1", data.image.place + "@" + data.image.digest);
if (data.passed) add("p", "passed", "good");
for (const p of data.problems) add("p", "failed: " + p.text, "bad");
add("p", "run by " + data.runtime + (data.limited ? "" : ", NOT LIMITED") + (data.memoryLimit ? ", memory limit " + mib(data.memoryLimit) : "") + (data.cpuLimit ? ", " + data.cpuLimit + " CPU" : ""));
add("p", data.course.shape + ": " + data.course.evidence + (data.course.bytesPerHour ? "; " + mib(data.course.bytesPerHour) + "/h" : ""));
const m = data.memory.course, span = m.length ? m[m.length - 1].at : 0;
chart("Memory", [["all", m.map(p => [p.at, p.total])], ["anonymous", m.map(p => [p.at, p.anonymous])], ["RSS", m.map(p => [p.at, p.rss])],
  ["file", m.map(p => [p.at, p.file])], ["limit", data.memoryLimit ? [[0, data.memoryLimit], [span, data.memoryLimit]] : [], "limit"]], mib);
const g = data.collections.course;
chart("Go heap", [["live", g.map(p => [p.at, p.live * 1048576])], ["at a collection's start", g.map(p => [p.at, p.before * 1048576])], ["goal", g.map(p => [p.at, p.goal * 1048576])]], mib);
chart("Pauses", [["of both kinds", g.map(p => [p.at, p.pause])]], ms);
if (data.load) {
  chart("Latency, from when requests were due", [["median", data.load.course.map(p => [p.at, p.median])], ["P99", data.load.course.map(p => [p.at, p.p99])]], ms);
  add("h2", "Stages");
  table(["rate", "planned", "answered", "median", "P99", "P99.9", "longest"], data.load.stages.map(s => [s.rate + "/s for " + s.seconds + " s", s.planned, s.answered,
    ...["median", "p99", "p999", "longest"].map(k => ms(s.latencyMilliseconds[k]))]));
}
if (data.heap && data.heap.growth.length) {
  add("h2", "Where the heap grew");
  table(["function", "before", "after"], data.heap.growth.map(x => [x.function, mib(x.before), mib(x.after)]));
}
for (const name of ["stdout", "stderr"]) if (data.output[name]) { add("h2", "End of " + name); add("pre", data.output[name]); }
</script></body></html>
)page";

}  // namespace

std::string page_of(const Json& report) {
  std::string page(page_beginning);
  // The only character that could end the script (HTML, "Restrictions for contents of script elements").
  for (const char c : canonical(report)) {
    if (c == '<')
      page += "\\u003c";
    else
      page += c;
  }
  return page += page_end;
}

}  // namespace whittle::running
