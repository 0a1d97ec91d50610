#include "comparison/difference_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"
#include "comparison/finding_tree.hpp"

namespace whittle::comparison {
namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>whittle diff</title>
<style>
:root { color-scheme: light dark; --a: #c2410c; --b: #1d4ed8; --same: #9ca3af; --faint: #6b7280; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
code, td { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
table { border-collapse: collapse; } td { padding: .1rem .8rem .1rem 0; vertical-align: top; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; } details { margin-left: 1rem; } summary { cursor: pointer; }
.a { color: var(--a); } .b { color: var(--b); } .note { color: var(--faint); }
.row { display: grid; grid-template-columns: 1fr 9rem 1fr; gap: .5rem; align-items: center; margin: .25rem 0; }
.row span { text-align: center; color: var(--faint); font-size: 12px; }
.side:first-child { display: flex; justify-content: flex-end; }
.bar { height: 1.1rem; min-width: 3px; border-radius: 2px; background: var(--same); }
.different .side:first-child .bar, .only-in-a .bar { background: var(--a); }
.different .side:last-child .bar, .only-in-b .bar { background: var(--b); }
.compressed-differently .bar { background: repeating-linear-gradient(45deg, var(--same) 0 6px, transparent 6px 9px); }
</style></head><body>
)";

// Characters that a reader or a browser obeys become text; the rest of a name stays as it is.
std::string html(std::string_view text, std::size_t cut = 400) {
  std::string result;
  for (const char c : escaped(text, false, cut)) switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  return result;
}

std::string image_row(char side, const std::string& place, const layers::Descriptor& root) {
  return fmt::format("<tr><td class=\"{}\">{}</td><td>{}</td><td class=\"note\">{}</td></tr>\n",
                     side == 'A' ? "a" : "b", side, html(place), html(root.digest.text()));
}

std::string bar(const std::optional<layers::Descriptor>& layer, std::uint64_t largest) {
  if (!layer) return "<div class=\"side\"></div>";
  const auto percent = largest == 0 ? 0 : layer->size * 100 / largest;
  return fmt::format(
      "<div class=\"side\"><div class=\"bar\" style=\"width:{}%\" title=\"{} {}\"></div></div>", percent,
      html(layer->digest.text()), human_size(layer->size));
}

std::string picture(const std::vector<ComparedLayer>& layers) {
  if (layers.empty()) return {};
  std::uint64_t largest = 1;
  for (const auto& layer : layers) {
    if (layer.a) largest = std::max(largest, layer.a->size);
    if (layer.b) largest = std::max(largest, layer.b->size);
  }
  std::string text =
      "<h2>layers</h2>\n<p class=\"note\">compressed sizes, the lowest layer first; A to the left, B to the "
      "right</p>\n";
  std::string platform;
  for (const auto& layer : layers) {
    if (layer.platform != platform) text += fmt::format("<p>{}</p>\n", html(platform = layer.platform));
    const auto size = human_size(layer.b ? layer.b->size : layer.a ? layer.a->size : 0);
    text += fmt::format("<div class=\"row {0}\">{1}<span>{0}<br>{2}</span>{3}</div>\n", name_of(layer.state),
                        bar(layer.a, largest), size, bar(layer.b, largest));
  }
  return text;
}

std::string finding_row(const Finding& finding) {
  const auto value = [](const std::optional<std::string>& text) {
    return text ? html(*text) : std::string("—");
  };
  return fmt::format(
      "<tr><td>{}</td><td class=\"a\">{}</td><td class=\"b\">{}</td><td class=\"note\">{}</td></tr>\n",
      html(finding.aspect), value(finding.a), value(finding.b), html(finding.note));
}

void add_tree(const FindingTree& tree, std::size_t depth, std::string& text) {
  if (!tree.findings.empty()) {
    text += "<table>\n";
    for (const auto* finding : tree.findings) text += finding_row(*finding);
    text += "</table>\n";
  }
  for (const auto& place : tree.below) {
    text += fmt::format("<details{}><summary><code>{}</code></summary>\n", depth < 2 ? " open" : "",
                        html(place->step));
    add_tree(*place, depth + 1, text);
    text += "</details>\n";
  }
}

}  // namespace

std::string page_of(const ImageDifference& difference, const std::string& a, const std::string& b) {
  std::string text(head);
  text += "<table>\n" + image_row('A', a, difference.root_a) + image_row('B', b, difference.root_b) +
          "</table>\n";
  if (difference.equal()) return text + "<p>equal</p>\n</body></html>\n";
  text += "<h2>why</h2>\n<ol>\n";
  for (const auto& cause : difference.causes)
    text += fmt::format("<li>{} <span class=\"note\">({} findings)</span></li>\n", html(cause.text, 1000),
                        cause.explains);
  text += "</ol>\n" + picture(difference.layers) + "<h2>what</h2>\n";
  add_tree(FindingTree(difference.findings), 0, text);
  return text + "</body></html>\n";
}

}  // namespace whittle::comparison
