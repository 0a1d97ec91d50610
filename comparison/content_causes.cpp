#include "comparison/content_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/text.hpp"

namespace whittle::comparison {
namespace {

using Group = CauseList::Group;

bool is_below(const Finding& finding, const Where& where) {
  return finding.where.size() >= where.size() &&
         std::equal(where.begin(), where.end(), finding.where.begin());
}

const Finding* first_of(const Group& group, std::string_view aspect) {
  const auto found = std::find_if(group.begin(), group.end(),
                                  [&](const Finding* finding) { return finding->aspect == aspect; });
  return found == group.end() ? nullptr : *found;
}

bool has_only(const Group& group, std::initializer_list<std::string_view> aspects) {
  return std::all_of(group.begin(), group.end(), [&](const Finding* finding) {
    return finding->aspect == "content" || finding->aspect == "size" ||
           std::find(aspects.begin(), aspects.end(), finding->aspect) != aspects.end();
  });
}

// The most telling of what is different in a file, in words.
std::string detail_of(const Group& group) {
  for (const char* aspect : {"json", "text", "member", "section"})
    if (const auto* finding = first_of(group, aspect))
      return fmt::format("{}: {}", place_text(*finding), instead(*finding));
  // Of a container the innermost content says most.
  for (auto finding = group.rbegin(); finding != group.rend(); ++finding)
    if ((*finding)->aspect == "content") return escaped((*finding)->note);
  return {};
}

void explain_file(CauseList& causes, const Finding& file, const Group& group) {
  const auto path = place_text(file);
  const auto* stamp = first_of(group, "time-stamp");
  const auto* order = first_of(group, "text-order");
  if (order == nullptr) order = first_of(group, "json-order");
  const auto* compressor = first_of(group, "compressor");
  if (stamp != nullptr && has_only(group, {"time-stamp", "compression", "compressor", "mtime"})) {
    causes.explain(group, "time-stamp", fmt::format("a time stamp in {}: {}", path, instead(*stamp)));
  } else if (order != nullptr &&
             has_only(group, {"text-order", "json-order", "time-stamp", "compression", "compressor"})) {
    causes.explain(group, "text-order",
                   fmt::format("generated text: the same lines in another order in {}", path));
  } else if (compressor != nullptr && !compressor->note.empty() &&
             has_only(group, {"compression", "compressor"})) {
    const auto detail = first_of(group, "compression");
    causes.explain(group, "compressor",
                   fmt::format("{} is compressed in another way, contents equal: {}", path,
                               compressor->a != compressor->b || detail == nullptr
                                   ? instead(*compressor)
                                   : fmt::format("{} {}", place_text(*detail), instead(*detail))));
  } else {
    const auto detail = detail_of(group);
    causes.explain(group, "file",
                   fmt::format("file {} was modified{}{}", path, detail.empty() ? "" : ": ", detail));
  }
}

}  // namespace

void add_content_causes(CauseList& causes) {
  // The outermost content of each file; what is below it belongs to it.
  const auto contents = causes.of("content");
  std::map<Where, const Finding*> files;
  for (const auto* finding : contents) {
    const bool is_inner = std::any_of(contents.begin(), contents.end(), [&](const Finding* other) {
      return other != finding && other->where.size() < finding->where.size() &&
             is_below(*finding, other->where);
    });
    if (!is_inner) files.emplace(finding->where, finding);
  }
  constexpr std::size_t told_one_by_one = 50;
  std::size_t told = 0;
  for (const auto& [where, file] : files) {
    if (++told > told_one_by_one) break;
    const auto group =
        causes.those([&where = where](const Finding& finding) { return is_below(finding, where); });
    if (!group.empty()) explain_file(causes, *file, group);
  }
  if (const auto rest = causes.of("content"); told > told_one_by_one && !rest.empty())
    causes.explain(rest, "files",
                   fmt::format("{} more files were modified, {} among them", files.size() - told_one_by_one,
                               place_text(*rest[0])));
}

}  // namespace whittle::comparison
