#include "packages/accounts.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "packages/dpkg_status.hpp"

namespace whittle::packages {
namespace {

using layers::FileEntry;

constexpr std::size_t master_limit = 1U << 20U;  // bytes of base-passwd's files

// The text of a file of the tree; `otherwise` when there is none.
std::string text_of(const layers::FileTree& tree, std::string_view path, std::string otherwise) {
  const auto found = tree.entries().find(path);
  if (found == tree.entries().end() || found->second.type != FileEntry::Type::file) return otherwise;
  auto text = read_all(*found->second.open(), master_limit, std::string(path));
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

void add_accounts(layers::FileTree& tree) {
  const auto users = text_of(tree, "usr/share/base-passwd/passwd.master",
                             fmt::format("root:x:0:0:root:/root:/sbin/nologin\n"
                                         "nobody:x:{0}:{0}:nobody:/nonexistent:/sbin/nologin\n",
                                         nobody_id));
  const auto groups = text_of(tree, "usr/share/base-passwd/group.master",
                              fmt::format("root:x:0:\nnogroup:x:{}:\n", nobody_id));
  tree.add(
      "etc/passwd",
      text_file(users + fmt::format("nonroot:x:{0}:{0}:nonroot:/home/nonroot:/sbin/nologin\n", nonroot_id)));
  tree.add("etc/group", text_file(groups + fmt::format("nonroot:x:{}:\n", nonroot_id)));
  FileEntry home;
  home.type = FileEntry::Type::directory;
  home.mode = 0700;
  home.uid = nonroot_id;
  home.gid = nonroot_id;
  tree.add("home/nonroot", home);
}

}  // namespace whittle::packages
