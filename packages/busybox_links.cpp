#include "packages/busybox_links.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace whittle::packages {
namespace {

using namespace std::string_view_literals;
using layers::FileEntry;

constexpr std::size_t names_limit = 1000;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() < 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '[' || c == '_' || c == '-' || c == '.';
  });
}

// The sorted names that `program` begins with, each with a NUL behind it.
std::vector<std::string_view> names_in(std::string_view program) {
  std::vector<std::string_view> names;
  while (names.size() < names_limit) {
    const auto name = program.substr(0, program.find('\0'));
    if (!is_name(name) || name == "." || name == ".." || (!names.empty() && name <= names.back())) break;
    names.push_back(name);
    program.remove_prefix(std::min(program.size(), name.size() + 1));
  }
  return names;
}

// busybox has the names of its applets in one such list; the first are `[` and `[[`. What lies before it can
// be anything. Empty when there is no list with a shell in it.
std::vector<std::string_view> applets(std::string_view program) {
  constexpr auto start = "[\0[[\0"sv;
  for (auto at = program.find(start); at != std::string_view::npos; at = program.find(start, at + 1)) {
    auto names = names_in(program.substr(at));
    if (std::binary_search(names.begin(), names.end(), "sh"sv)) return names;
  }
  return {};
}

}  // namespace

void add_busybox_links(layers::FileTree& tree) {
  const auto found = tree.entries().find("usr/bin/busybox"sv);
  if (found == tree.entries().end() || found->second.type != FileEntry::Type::file)
    throw Error(ErrorKind::not_found, "there is no /usr/bin/busybox for a debug image")
        .hint("it is in the package busybox-static");
  const auto program = read_all(*found->second.open(), busybox_limit, "busybox");
  const auto names = applets(program);
  if (names.empty()) throw Error(ErrorKind::unsupported, "busybox does not tell the names of its applets");
  FileEntry link;
  link.type = FileEntry::Type::symlink;
  link.link_target = "../usr/bin/busybox";
  tree.add("busybox/busybox", link);
  for (const auto name : names)
    if (name != "busybox") tree.add("busybox/" + std::string(name), link);
}

}  // namespace whittle::packages
