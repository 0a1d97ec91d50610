#include "tests/unit/closure/made_image.hpp"

#include <utility>

namespace whittle::closure::test {

void MadeImage::add(layers::TarEntry entry) {
  entry.written = entry.path;
  entry.number = ++entries_;
  tree_.add(0, std::move(entry), std::nullopt);
}

MadeImage& MadeImage::folder(const std::string& path, std::uint32_t mode, std::uint32_t uid) {
  layers::TarEntry entry;
  entry.path = path;
  entry.type = '5';
  entry.mode = mode;
  entry.uid = uid;
  add(entry);
  return *this;
}

MadeImage& MadeImage::file(const std::string& path, const std::string& content, std::uint32_t mode) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (!tree_.entries().contains(path.substr(0, slash))) folder(path.substr(0, slash));
  layers::TarEntry entry;
  entry.path = path;
  entry.mode = mode;
  entry.size = content.size();
  add(std::move(entry));
  reader_.read({0, entries_}, path, binaries::MemoryAccess(content));
  return *this;
}

MadeImage& MadeImage::link(const std::string& path, const std::string& target) {
  layers::TarEntry entry;
  entry.path = path;
  entry.type = '2';
  entry.target = target;
  entry.mode = 0777;
  add(entry);
  return *this;
}

MadeImage& MadeImage::hard_link(const std::string& path, const std::string& target) {
  layers::TarEntry entry;
  entry.path = path;
  entry.type = '1';
  entry.target = target;
  add(entry);
  return *this;
}

MadeImage& MadeImage::package(const std::string& name, const std::vector<std::string>& paths) {
  std::string list = "/.\n";
  for (const auto& path : paths) list += "/" + path + "\n";
  return file("var/lib/dpkg/info/" + name + ".list", list);
}

MadeImage& MadeImage::glibc() {
  program("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", {.soname = "ld-linux-x86-64.so.2"});
  program("usr/lib/x86_64-linux-gnu/libc.so.6", {.needed = {"ld-linux-x86-64.so.2"}, .soname = "libc.so.6"});
  link("lib", "usr/lib");
  folder("usr/lib64");
  link("lib64", "usr/lib64");
  return link("usr/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
}

std::string MadeImage::reason(const Closure& closure, std::string_view path) {
  const auto found = closure.kept.find(path);
  return found == closure.kept.end() ? std::string() : text_of(found->second);
}

std::vector<std::string> MadeImage::files(const Closure& closure) const {
  std::vector<std::string> files;
  for (const auto& kept : closure.kept)
    if (!tree_.entries().find(kept.first)->is_directory()) files.emplace_back(kept.first);
  return files;
}

}  // namespace whittle::closure::test
