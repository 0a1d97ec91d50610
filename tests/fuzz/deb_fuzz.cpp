// A Debian package: as it is; or, where a checksum in each header would refuse nearly every mutation, made of
// a text that lists its files (archives.hpp). What can be read is laid into a tree.
#include "packages/deb_file.hpp"

#include <fmt/format.h>

#include "packages/package_tree.hpp"
#include "tests/fuzz/archives.hpp"

namespace whittle::fuzz {
namespace {

constexpr std::string_view control = "Package: demo\nVersion: 1\nArchitecture: all\nReplaces: other (<< 2)\n";

std::string member(std::string_view name, std::string_view content) {
  return fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n{}{}", name, 0, 0, 0, "100644", content.size(),
                     content, content.size() % 2 != 0 ? "\n" : "");
}

std::string package_of(std::string_view input) {
  if (!input.starts_with("tar\n")) return std::string(input);
  const auto control_tar =
      archive_of(fmt::format("tar\n0 ./control\n{}\n%%\n0 postinst\nadduser x\n%%\n", control));
  return "!<arch>\n" + member("debian-binary", "2.0\n") + member("control.tar", control_tar) +
         member("data.tar", archive_of(input));
}

}  // namespace
}  // namespace whittle::fuzz

void whittle::fuzz::deb_input(std::string_view input) {
  static const TemporaryFolder folder(std::filesystem::temp_directory_path());
  auto file = nameless_file(folder.path());
  write_at(file, as_bytes(package_of(input)), 0, "the input");
  packages::DebLimits limits;
  limits.data = limits.control = 4U << 20U;
  const auto deb = parsed([&] {
    return std::make_shared<const packages::DebFile>(std::make_shared<const Fd>(std::move(file)), "the input",
                                                     packages::DebFile::Where{folder.path()}, limits);
  });
  if (!deb) return;
  for (const auto& entry : (*deb)->entries())
    require(!entry.path.empty() && !entry.path.starts_with('/') && !entry.path.ends_with('/'),
            "a path is relative");
  const packages::PinnedPackage pinned{"demo", "1", "all", "demo.deb", 0, Digest::of("")};
  parsed([&] {
    const auto tree = packages::make_package_tree({{pinned, *deb}}, {});
    for (const auto& [path, entry] : tree.files.entries())
      require(entry.type != layers::FileEntry::Type::hardlink ||
                  tree.files.entries().count(entry.link_target) == 1,
              "a hard link has its file in the tree");
    return true;
  });
}
