// An image in memory: its files, what is known of them, and the closure of it.
#pragma once

#include <string>
#include <vector>

#include "closure/closure.hpp"
#include "closure/fact_reader.hpp"
#include "tests/unit/closure/elf_maker.hpp"

namespace whittle::closure::test {

class MadeImage {
 public:
  MadeImage& folder(const std::string& path, std::uint32_t mode = 0755, std::uint32_t uid = 0);
  MadeImage& file(const std::string& path, const std::string& content, std::uint32_t mode = 0644);
  MadeImage& program(const std::string& path, const MadeElf& made) {
    return file(path, elf_file(made), 0755);
  }
  MadeImage& script(const std::string& path, const std::string& content) { return file(path, content, 0755); }
  MadeImage& link(const std::string& path, const std::string& target);
  MadeImage& hard_link(const std::string& path, const std::string& target);
  // In the list of a package of dpkg.
  MadeImage& package(const std::string& name, const std::vector<std::string>& paths);
  // A loader and libc where Debian has them.
  MadeImage& glibc();

  layers::ImageConfig config = {};
  ClosureOptions options = {};

  Closure closure() const { return closure::closure(tree_, reader_.facts(), config, options); }
  const FactTable& facts() const { return reader_.facts(); }
  const layers::MergedTree& tree() const { return tree_; }
  // The text of the reason; "" for a file that is not kept.
  static std::string reason(const Closure& closure, std::string_view path);
  // Those that are kept, but for folders.
  std::vector<std::string> files(const Closure& closure) const;

 private:
  void add(layers::TarEntry entry);

  layers::MergedTree tree_ = {};
  FactReader reader_ = {};
  std::uint64_t entries_ = 0;
};

}  // namespace whittle::closure::test
