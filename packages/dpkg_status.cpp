#include "packages/dpkg_status.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"
#include "packages/control_file.hpp"

namespace whittle::packages {
namespace {

// Scanners take what is marked as removed for removed; some readers want the field to be there.
std::string status_paragraph(std::string_view control, const std::string& what) {
  ControlReader reader(control, what);
  ControlParagraph fields;
  if (!reader.next(fields)) throw Error(ErrorKind::integrity, fmt::format("{} is empty", what));
  std::string text = "";
  for (const auto& [name, value] : fields.fields) {
    if (equal_names(name, "Status")) continue;
    text += fmt::format("{}: {}\n", name, value);
    if (equal_names(name, "Package")) text += "Status: install ok installed\n";
  }
  return text;
}

// The lines "MD5  PATH" whose file is in the tree, where it may be below /usr.
std::string sums_of_files(const layers::FileTree& tree, std::string_view sums) {
  const auto& entries = tree.entries();
  std::string text;
  for (const auto line : lines_of(sums)) {
    const auto blank = line.find("  ");
    if (blank == std::string_view::npos) continue;
    const auto path = line.substr(blank + 2);
    if (entries.find(path) != entries.end() || entries.find(fmt::format("usr/{}", path)) != entries.end())
      text += fmt::format("{}\n", line);
  }
  return text;
}

}  // namespace

layers::FileEntry text_file(std::string text) {
  layers::FileEntry file;
  file.size = text.size();
  file.content = Digest::of(text);
  file.open = [text = std::move(text)] { return std::make_unique<TextSource>(text); };
  return file;
}

void add_dpkg_status(layers::FileTree& tree, const std::string& name, const DebFile& package) {
  const auto path = "var/lib/dpkg/status.d/" + name;
  tree.add(path, text_file(status_paragraph(package.control_file("control"),
                                            fmt::format("the control file of {}", package.name()))));
  if (auto sums = sums_of_files(tree, package.control_file("md5sums")); !sums.empty())
    tree.add(path + ".md5sums", text_file(std::move(sums)));
}

}  // namespace whittle::packages
