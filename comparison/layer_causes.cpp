#include "comparison/layer_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "common/text.hpp"

namespace whittle::comparison {
namespace {

using Group = CauseList::Group;

constexpr std::string_view status_folder = "var/lib/dpkg/status.d/";

bool is_in_layer(const Finding& finding, const std::string& platform, const std::string& layer) {
  return finding.where.size() > 2 && finding.where[0] == platform && finding.where[1] == layer;
}

bool is_one_of(const Finding& finding, std::initializer_list<std::string_view> aspects) {
  return std::find(aspects.begin(), aspects.end(), finding.aspect) != aspects.end();
}

std::string many(std::uint64_t count, std::string_view one, std::string_view several) {
  return count == 1 ? fmt::format("1 {}", one) : fmt::format("{} {}", count, several);
}

// Files of a package that is only in one image are told by the package.
void explain_lone_packages(CauseList& causes) {
  const auto entries = causes.those([](const Finding& finding) {
    return finding.aspect == "entry" && !finding.where.empty() &&
           finding.where.back().starts_with(status_folder);
  });
  for (const auto* entry : entries) {
    const auto name = entry->where.back().substr(status_folder.size());
    if (name.ends_with(".md5sums"))
      causes.drop({entry});
    else
      causes.explain({entry}, "package",
                     fmt::format("package {} is only in {}", escaped(name), entry->a ? "A" : "B"));
  }
}

void explain_compressors(CauseList& causes) {
  std::map<std::string, Group> groups;
  for (const auto* finding : causes.of("compressor")) {
    const bool of_layer = !finding->where.empty() && finding->where.back().starts_with("layer ");
    if (!of_layer) continue;  // a compressed file: the rules for contents
    const auto equal = finding->note.empty() ? "" : ", contents equal";
    const auto text = finding->a == finding->b
                          ? fmt::format("compressed at another level or by another version of {}{}",
                                        value_text(finding->a), equal)
                          : fmt::format("compressed by another compressor{}: {}", equal, instead(*finding));
    groups[text].push_back(finding);
  }
  for (auto& [text, group] : groups) {
    auto all = group;
    for (const auto* finding : group)
      for (const auto* detail : causes.of("compression"))
        if (detail->where.size() == finding->where.size() + 1 &&
            std::equal(finding->where.begin(), finding->where.end(), detail->where.begin()))
          all.push_back(detail);
    causes.explain(all, "compressor", text);
  }
  if (const auto types = causes.of("layer-media-type"); !types.empty() && !groups.empty()) causes.drop(types);
}

// Two usual umasks that account for all of the modes, if there are such.
std::string umasks_of(const Group& group) {
  static constexpr std::array<std::uint32_t, 6> usual = {022, 002, 077, 027, 007, 0};
  const auto mode = [](const std::optional<std::string>& text) {
    return static_cast<std::uint32_t>(text ? std::stoul(*text, nullptr, 8) : 0);
  };
  for (const auto a : usual)
    for (const auto b : usual) {
      const bool fits = a != b && std::all_of(group.begin(), group.end(), [&](const Finding* finding) {
                          const auto left = mode(finding->a);
                          const auto right = mode(finding->b);
                          const auto full = left | right;
                          return left == (full & ~a) && right == (full & ~b);
                        });
      if (fits) return fmt::format("{:03o}, {:03o}", a, b);
    }
  return {};
}

void explain_modes(CauseList& causes) {
  const auto group = causes.of("mode");
  if (group.empty()) return;
  const auto umasks = umasks_of(group);
  const auto more = causes.count("mode") - group.size();
  if (!umasks.empty()) {
    causes.explain(
        group, "umask",
        fmt::format(
            "modes differ as by another umask ({}): {} of {}{}", umasks, instead(*group[0]),
            place_text(*group[0]),
            group.size() > 1 ? fmt::format(" and {}", many(group.size() - 1 + more, "other", "others")) : ""),
        more);
    return;
  }
  for (const auto* finding : group)
    causes.explain({finding}, "mode",
                   fmt::format("the mode of {} is {}", place_text(*finding), instead(*finding)));
}

void explain_times(CauseList& causes) {
  for (const auto* pattern : causes.of("time-stamps")) {
    auto group = causes.those([&](const Finding& finding) {
      return finding.aspect == "mtime" && is_in_layer(finding, pattern->where[0], pattern->where[1]);
    });
    group.push_back(pattern);
    causes.explain(group, "mtime",
                   fmt::format("time stamps: every entry's mtime differs; A uses {}, B uses {}",
                               value_text(pattern->a), value_text(pattern->b)));
  }
  // A file that was written anew has another time as well.
  const auto changed = causes.of("content");
  const auto times = causes.of("mtime");
  Group alone;
  for (const auto* time : times) {
    const bool follows = std::any_of(changed.begin(), changed.end(),
                                     [&](const Finding* finding) { return finding->where == time->where; });
    if (follows)
      causes.drop({time});
    else
      alone.push_back(time);
  }
  if (alone.empty()) return;
  const auto more = causes.count("mtime") - times.size();
  const auto count = alone.size() + more;
  causes.explain(alone, "mtime",
                 count == 1
                     ? fmt::format("the time stamp of {} is {}", place_text(*alone[0]), instead(*alone[0]))
                     : fmt::format("time stamps: the mtimes of {} entries differ, of {} {}", count,
                                   place_text(*alone[0]), instead(*alone[0])),
                 more);
}

void explain_owners(CauseList& causes) {
  auto names = causes.of("owner-name");
  const auto groups = causes.of("group-name");
  names.insert(names.end(), groups.begin(), groups.end());
  if (!names.empty()) {
    const auto without = [&](auto member) {
      return std::all_of(names.begin(), names.end(),
                         [&](const Finding* f) { return (f->*member).value_or("").empty(); });
    };
    const auto more = causes.count("owner-name") + causes.count("group-name") - names.size();
    const auto text = without(&Finding::a)
                          ? fmt::format("owner names are written in B only ({})", value_text(names[0]->b))
                      : without(&Finding::b)
                          ? fmt::format("owner names are written in A only ({})", value_text(names[0]->a))
                          : fmt::format("owner names differ: {}", instead(*names[0]));
    causes.explain(names, "owner-names", text, more);
  }
  for (const char* aspect : {"uid", "gid"}) {
    const auto group = causes.of(aspect);
    if (group.empty()) continue;
    const auto more = causes.count(aspect) - group.size();
    causes.explain(
        group, "owner",
        fmt::format("the {} of {} is {}{}", aspect, place_text(*group[0]), instead(*group[0]),
                    group.size() > 1
                        ? fmt::format(", and of {} alike", many(group.size() - 1 + more, "other", "others"))
                        : ""),
        more);
  }
}

void explain_xattrs(CauseList& causes) {
  const auto group = causes.of("xattr");
  if (group.empty()) return;
  const auto& first = *group[0];
  const auto more = causes.count("xattr") - group.size();
  const auto others = group.size() - 1 + more;
  auto text = fmt::format("the xattr {} of {} is {}", place_text(first), escaped(*(first.where.end() - 2)),
                          instead(first));
  if (others > 0) text += fmt::format(", and {} too", many(others, "other differs", "others differ"));
  causes.explain(group, "xattr", std::move(text), more);
}

void explain_tar_form(CauseList& causes) {
  for (const auto* finding : causes.of("order")) {
    const auto place = finding->where.empty() || finding->where.back().starts_with("layer ")
                           ? layer_of(*finding)
                           : place_text(*finding);
    causes.explain({finding}, "order",
                   fmt::format("entries are in another order in {}: {}", place, escaped(finding->note)));
  }
  const auto first_of = [&](const char* aspect, const char* kind, const char* text) {
    const auto group = causes.of(aspect);
    if (group.empty()) return;
    const auto more = causes.count(aspect) - group.size();
    causes.explain(group, kind, fmt::format("{}: {}", text, instead(*group[0])), more);
  };
  first_of("header-format", "tar-format", "the tar is written in another format");
  first_of("sparse", "tar-format", "files are stored without their holes (as sparse)");
  first_of("path-spelling", "tar-names", "the tar spells its names in another way");
  first_of("end-blocks", "tar-end", "another number of zero blocks ends the tar");
  first_of("trailing-bytes", "tar-end", "another number of bytes lies behind the end of the tar");
  const auto records = causes.of("record");
  if (!records.empty()) {
    const auto more = causes.count("record") - records.size();
    causes.explain(
        records, "tar-format",
        fmt::format("extended header records differ: {} {}", place_text(*records[0]), instead(*records[0])),
        more);
  }
}

void explain_whole_entries(CauseList& causes, bool in_a) {
  auto group = causes.those(
      [&](const Finding& finding) { return finding.aspect == "entry" && finding.a.has_value() == in_a; });
  constexpr std::size_t told_one_by_one = 8;
  // What lies in a folder that the other does not have is told by the folder.
  std::sort(group.begin(), group.end(),
            [](const Finding* x, const Finding* y) { return x->where < y->where; });
  std::vector<Group> tops;
  for (const auto* finding : group) {
    const auto* top = tops.empty() ? nullptr : tops.back().front();
    if (top != nullptr && finding->where[0] == top->where[0] &&
        finding->where.back().starts_with(top->where.back() + "/"))
      tops.back().push_back(finding);
    else
      tops.push_back({finding});
  }
  const auto side = in_a ? "A" : "B";
  if (tops.size() > told_one_by_one) {
    causes.explain(group, "entry",
                   fmt::format("{} are only in {}, {} among them", many(group.size(), "entry", "entries"),
                               side, place_text(*group[0])));
    return;
  }
  for (const auto& top : tops)
    causes.explain(top, "entry",
                   fmt::format("{} is only in {}{}", place_text(*top[0]), side,
                               top.size() > 1 ? fmt::format(", with {} below it",
                                                            many(top.size() - 1, "entry", "entries"))
                                              : ""));
}

// Layers that both images have, at other places among the others.
void explain_layer_order(CauseList& causes) {
  const auto lone = causes.of("layer");
  for (const auto* of_a : lone) {
    const auto same = std::find_if(lone.begin(), lone.end(), [&](const Finding* of_b) {
      return of_a->a && of_b->b == of_a->a && of_b->where.front() == of_a->where.front();
    });
    if (same == lone.end()) continue;
    const auto from = layer_of(*of_a);
    const auto to = layer_of(**same);
    auto group = causes.those([&](const Finding& finding) {
      return finding.aspect == "moved" && finding.a == from && finding.b == to;
    });
    group.insert(group.begin(), {of_a, *same});
    causes.explain(group, "layer-order",
                   fmt::format("the layers are in another order: {} of A is {} of B", from, to));
  }
}

void explain_moves(CauseList& causes) {
  std::map<std::pair<std::string, std::string>, Group> moves;
  for (const auto* finding : causes.of("moved"))
    moves[{value_text(finding->a), value_text(finding->b)}].push_back(finding);
  for (const auto& [layers, group] : moves)
    causes.explain(group, "moved",
                   fmt::format("{} moved between layers: in {} in A, in {} in B ({})",
                               many(group.size(), "entry", "entries"), layers.first, layers.second,
                               place_text(*group[0])));
}

}  // namespace

void add_package_causes(CauseList& causes) {
  explain_lone_packages(causes);
  std::map<std::pair<std::string, std::string>, Group> layers;
  for (const auto* finding : causes.of("package"))
    if (finding->where.size() > 2) layers[{finding->where[0], finding->where[1]}].push_back(finding);
  for (const auto& [layer, packages] : layers) {
    const auto follows = causes.those([&layer = layer](const Finding& finding) {
      return is_in_layer(finding, layer.first, layer.second) && finding.aspect != "package" &&
             !is_one_of(finding, {"mode", "uid", "gid", "owner-name", "group-name", "header-format",
                                  "path-spelling", "record", "sparse"});
    });
    for (const auto* finding : packages) {
      const auto name = place_text(*finding);
      const auto text = finding->a && finding->b
                            ? fmt::format("package {} {}", name, instead(*finding))
                            : fmt::format("package {} is only in {}", name, finding->a ? "A" : "B");
      causes.explain({finding}, "package", text, follows.size());
    }
    // Files of packages follow from the packages; the database itself is no file anybody modified.
    Group databases;
    for (const auto* finding : follows)
      if (finding->where[2].starts_with("var/lib/dpkg/") || finding->where[2].starts_with("lib/apk/") ||
          finding->where[2].starts_with("usr/lib/apk/"))
        databases.push_back(finding);
    causes.drop(databases);
  }
}

void add_archive_causes(CauseList& causes) {
  explain_compressors(causes);
  explain_tar_form(causes);
  explain_modes(causes);
  explain_owners(causes);
  explain_xattrs(causes);
  explain_times(causes);
}

void add_entry_causes(CauseList& causes) {
  if (const auto trees = causes.of("tree"); !trees.empty())
    causes.explain(trees, "layers", escaped(trees[0]->note), causes.count("moved"));
  explain_layer_order(causes);
  explain_moves(causes);
  explain_whole_entries(causes, true);
  explain_whole_entries(causes, false);
  for (const auto* finding : causes.of("layer"))
    causes.explain({finding}, "layer",
                   fmt::format("{} is only in {}", layer_of(*finding), finding->a ? "A" : "B"));
}

}  // namespace whittle::comparison
