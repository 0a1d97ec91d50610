#include "closure/libraries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "closure/loader_conf.hpp"
#include "closure/rules.hpp"
#include "closure/shebang.hpp"
#include "common/glob.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

constexpr unsigned deepest_include = 16;
constexpr std::size_t most_rpaths = 200;
// Below a folder of libraries, for processors that can do more: before glibc 2.33 by fixed names.
constexpr std::array<std::string_view, 5> older_variants = {"tls", "x86_64", "haswell", "haswell/x86_64",
                                                            "haswell/avx512_1"};

// Names that the loader of musl stands for itself (ldso/dynlink.c, load_library).
bool is_part_of_musl(std::string_view name) {
  if (!name.starts_with("lib")) return false;
  name.remove_prefix(3);
  for (const std::string_view part : {"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."})
    if (name.starts_with(part)) return true;
  return false;
}

void add_new(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const auto& each : more)
    if (all.size() < most_rpaths && std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
}

}  // namespace

bool Libraries::uses_musl(const Node& node) const {
  const auto found = contexts_.find(node.path());
  return found != contexts_.end() && found->second.musl;
}

void Libraries::keep_loader(const Node& node, const ElfFacts& elf) {
  if (elf.interpreter.empty()) return;
  if (needs_.keep(elf.interpreter, Why::loader, node.path(), needs_.working_folder()) == nullptr)
    needs_.warn(fmt::format("{} asks for the loader {}, which is not in the image", shown_path(node.path()),
                            shown(elf.interpreter)));
}

void Libraries::keep_loader_settings(const Node& node, const ElfFacts& elf, bool musl) {
  auto& done = musl ? has_musl_settings_ : has_glibc_settings_;
  if (std::exchange(done, true)) return;
  for (const auto& library : folders_of(needs_.variable("LD_PRELOAD"), ": "))
    if (library != "." && !keep(library, Why::loader_settings, node, elf))
      needs_.warn(fmt::format("LD_PRELOAD names {}, which is not in the image", shown(library)));
  if (musl) {
    needs_.keep_matching("etc/ld-musl-*.path", Why::loader_settings, node.path());
    return;
  }
  configured();
  for (const auto& conf : read_) needs_.keep(conf, Why::loader_settings, node.path());
  needs_.keep("etc/ld.so.cache", Why::loader_settings, node.path());
  const auto* preload = needs_.keep("etc/ld.so.preload", Why::loader_settings, node.path());
  const auto* facts = preload == nullptr ? nullptr : needs_.facts_of(*preload);
  if (facts == nullptr) return;
  for (const auto& library : folders_of(facts->text, ": \t\n"))
    if (library != ".") keep(library, Why::loader_settings, node, elf);
}

void Libraries::take(const Node& node, const ElfFacts& elf) {
  auto& context = contexts_[node.path()];
  const auto names_musl = [](std::string_view text) { return text.find("musl") != std::string_view::npos; };
  context.musl = context.musl || names_musl(layers::name_of_path(elf.interpreter)) ||
                 std::any_of(elf.needed.begin(), elf.needed.end(),
                             [&](const std::string& name) { return name == "libc.so" || names_musl(name); });
  if (elf.interpreter.empty() && elf.needed.empty()) return;
  keep_loader(node, elf);
  keep_loader_settings(node, elf, context.musl);
  for (const auto& name : elf.needed) {
    if (keep(name, Why::library, node, elf) || (context.musl && is_part_of_musl(name))) continue;
    // What came with a folder lacked it before, and perhaps nobody asks for it.
    const auto* reason = needs_.reason(node);
    if (reason == nullptr || reason->is_weak || reason->why == Why::opened || came_along(needs_, node))
      continue;
    needs_.warn(fmt::format("{} needs the library {}, which is not where its loader looks",
                            shown_path(node.path()), shown(name)));
  }
}

bool Libraries::keep(std::string_view name, Why why, const Node& user, const ElfFacts& elf) {
  const auto found = find(name, user, elf);
  auto context = contexts_[user.path()];  // a copy: what is found gets a context of its own
  if (elf.runpath.empty() || context.musl) {
    auto rpaths = own_rpaths(user, elf.rpath.empty() ? elf.runpath : elf.rpath, elf);
    add_new(rpaths, context.rpaths);
    context.rpaths = std::move(rpaths);
  }
  for (const auto& path : found)
    if (const auto* library = needs_.keep(path, why, user.path())) pass_on(context, path, *library);
  return !found.empty();
}

// A library that was looked at before is looked at again when it would now find more.
void Libraries::pass_on(const Context& from, const std::string& found_at, const Node& library) {
  const bool is_known = contexts_.contains(library.path());
  auto& context = contexts_[library.path()];
  const auto before = context.rpaths.size() + context.origins.size();
  context.musl = context.musl || from.musl;
  add_new(context.rpaths, from.rpaths);
  const auto origin = fmt::format(
      "/{}", layers::folder_of(std::string_view(found_at).substr(found_at.starts_with('/') ? 1 : 0)));
  if (origin != fmt::format("/{}", layers::folder_of(library.path()))) add_new(context.origins, {origin});
  if (is_known && context.rpaths.size() + context.origins.size() > before) needs_.look_again(library);
}

std::vector<std::string> Libraries::own_rpaths(const Node& node, std::string_view list, const ElfFacts& elf) {
  LoaderTokens tokens{contexts_[node.path()].origins, elf.machine};
  tokens.origins.insert(tokens.origins.begin(), fmt::format("/{}", layers::folder_of(node.path())));
  std::vector<std::string> folders;
  for (const auto& folder : folders_of(list, ":")) add_new(folders, expanded(folder, tokens));
  return folders;
}

std::vector<std::string> Libraries::search_path(const Node& user, const ElfFacts& elf) {
  const auto& context = contexts_[user.path()];
  const auto variable = folders_of(needs_.variable("LD_LIBRARY_PATH"), ":;");
  std::vector<std::string> path;
  const auto add = [&path](const std::vector<std::string>& folders) {
    path.insert(path.end(), folders.begin(), folders.end());
  };
  if (context.musl) {
    add(variable);
    add(own_rpaths(user, elf.runpath.empty() ? elf.rpath : elf.runpath, elf));
    add(context.rpaths);
    add(musl_folders());
    return path;
  }
  if (elf.runpath.empty()) {
    add(own_rpaths(user, elf.rpath, elf));
    add(context.rpaths);
  }
  add(variable);
  add(own_rpaths(user, elf.runpath, elf));
  add(configured());
  add(usual_folders(elf.machine, elf.is_64_bit));
  return path;
}

std::vector<std::string> Libraries::find(std::string_view name, const Node& user, const ElfFacts& elf) {
  std::vector<std::string> found;
  if (name.empty()) return found;
  if (name.find('/') != std::string_view::npos) {
    for (const auto& path : own_rpaths(user, name, elf)) {
      const auto way = needs_.view().follow(path, needs_.working_folder());
      if (found.empty() && fits(way, elf)) found.push_back(path.starts_with('/') ? path : way.path);
    }
    return found;
  }
  for (const auto& folder : search_path(user, elf)) {
    find_in(folder, name, elf, found);
    if (!found.empty()) return found;
  }
  return found;
}

const Libraries::Folder& Libraries::folder(const std::string& path) {
  const auto [at, is_new] = folders_.try_emplace(path);
  auto& folder = at->second;
  if (!is_new) return folder;
  const auto way = needs_.view().follow(path, needs_.working_folder());
  folder.exists = way.end != nullptr && way.end->is_directory();
  if (!folder.exists) return folder;
  folder.path = way.path;
  for (const auto variant : older_variants)
    if (needs_.view().at(fmt::format("{}/{}", way.path, variant)) != nullptr)
      folder.variants.emplace_back(variant);
  needs_.view().in(fmt::format("{}/glibc-hwcaps", way.path), [&folder](const Node& variant) {
    folder.variants.push_back(fmt::format("glibc-hwcaps/{}", layers::name_of_path(variant.path())));
  });
  return folder;
}

void Libraries::find_in(const std::string& path, std::string_view name, const ElfFacts& elf,
                        std::vector<std::string>& found) {
  const auto& in = folder(path);
  if (!in.exists) return;
  const auto look = [&](std::string_view below) {
    const auto file = below.empty() ? std::string(name) : fmt::format("{}/{}", below, name);
    if (!fits(needs_.view().follow(file, in.path), elf)) return;
    // By the path that was searched: the links in it are kept as well.
    found.push_back(fmt::format("{}/{}", path.starts_with('/') ? path : fmt::format("/{}", in.path), file));
  };
  look({});
  for (const auto& variant : in.variants) look(variant);
}

// The loader passes over libraries of another machine.
bool Libraries::fits(const ImageView::Way& way, const ElfFacts& elf) const {
  if (way.end == nullptr || way.end->is_directory()) return false;
  const auto* facts = needs_.facts_of(*way.end);
  return facts != nullptr && facts->kind == FileFacts::Kind::elf && facts->elf.machine == elf.machine &&
         facts->elf.is_64_bit == elf.is_64_bit && facts->elf.is_little_endian == elf.is_little_endian;
}

const std::vector<std::string>& Libraries::configured() {
  if (!configured_) {
    std::vector<std::string> folders;
    read_conf("etc/ld.so.conf", folders, 0);
    configured_ = std::move(folders);
  }
  return *configured_;
}

void Libraries::read_conf(std::string_view path, std::vector<std::string>& folders, unsigned depth) {
  const auto way = needs_.view().follow(path);
  if (way.end == nullptr || depth > deepest_include || !read_.emplace(way.end->path()).second) return;
  const auto* facts = needs_.facts_of(*way.end);
  if (facts == nullptr) return;
  const auto conf = parse_loader_conf(facts->text);
  add_new(folders, conf.folders);
  for (const auto& include : conf.includes) {
    const auto absolute = include.starts_with('/') ? include.substr(1) : fmt::format("etc/{}", include);
    if (absolute.find_first_of("*?[") == std::string::npos) {
      read_conf(absolute, folders, depth + 1);
      continue;
    }
    const auto pattern = GlobPattern::parse(absolute);
    if (!pattern) continue;
    std::vector<std::string_view> matches;
    needs_.view().in(layers::folder_of(absolute), [&](const Node& node) {
      if (pattern->matches(node.path())) matches.push_back(node.path());
    });
    for (const auto match : matches) read_conf(match, folders, depth + 1);
  }
}

std::vector<std::string> Libraries::musl_folders() const {
  std::vector<std::string> folders;
  needs_.view().in("etc", [&](const Node& node) {
    if (!node.path().starts_with("etc/ld-musl-") || !node.path().ends_with(".path")) return;
    if (const auto* facts = needs_.facts_of(node))
      for (const auto& folder : folders_of(facts->text, ":\n"))
        if (folder != ".") folders.push_back(folder);
  });
  if (folders.empty()) folders = {"/lib", "/usr/local/lib", "/usr/lib"};
  return folders;
}

}  // namespace whittle::closure
