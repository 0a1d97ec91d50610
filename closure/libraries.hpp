// Finds the libraries of programs as the loader would: ld.so(8) for glibc, ldso/dynlink.c for musl.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "closure/needs.hpp"

namespace whittle::closure {

// Borrows the needs. One thread.
class Libraries {
 public:
  using Node = Needs::Node;
  explicit Libraries(Needs& needs) : needs_(needs) {}

  // Keeps the loader of an ELF file and what DT_NEEDED names. What is not there is a warning.
  void take(const Node& node, const ElfFacts& elf);
  // Where `name` is found for that file: the same library for newer processors as well (glibc-hwcaps); empty
  // when nowhere.
  std::vector<std::string> find(std::string_view name, const Node& user, const ElfFacts& elf);
  // Keeps them; false when there is none.
  bool keep(std::string_view name, Why why, const Node& user, const ElfFacts& elf);
  bool uses_musl(const Node& node) const;

 private:
  // What a file has from those that loaded it.
  struct Context {
    bool musl = false;
    std::vector<std::string> rpaths = {};   // expanded
    std::vector<std::string> origins = {};  // folders in which it was found
  };
  void keep_loader(const Node& node, const ElfFacts& elf);
  void keep_loader_settings(const Node& node, const ElfFacts& elf, bool musl);
  void pass_on(const Context& from, const std::string& found_at, const Node& library);
  std::vector<std::string> own_rpaths(const Node& node, std::string_view list, const ElfFacts& elf);
  std::vector<std::string> search_path(const Node& user, const ElfFacts& elf);
  // A folder in which libraries are looked for: where it is, and what in it is for other processors.
  struct Folder {
    std::string path = {};
    std::vector<std::string> variants = {};
    bool exists = false;
  };
  const Folder& folder(const std::string& path);
  void find_in(const std::string& folder, std::string_view name, const ElfFacts& elf,
               std::vector<std::string>& found);
  bool fits(const ImageView::Way& way, const ElfFacts& elf) const;
  const std::vector<std::string>& configured();
  void read_conf(std::string_view path, std::vector<std::string>& folders, unsigned depth);
  std::vector<std::string> musl_folders() const;

  Needs& needs_;
  std::map<std::string_view, Context> contexts_ = {};
  std::map<std::string, Folder, std::less<>> folders_ = {};
  std::optional<std::vector<std::string>> configured_ = {};
  std::set<std::string, std::less<>> read_ = {};
  bool has_glibc_settings_ = false;
  bool has_musl_settings_ = false;
};

}  // namespace whittle::closure
