#include "closure/fact_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "binaries/elf.hpp"
#include "builder/each_line.hpp"
#include "closure/elf_facts.hpp"
#include "closure/package_files.hpp"
#include "closure/shebang.hpp"
#include "closure/string_constants.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

constexpr std::size_t enough_to_decide = 4;
constexpr std::size_t most_paths = 4'000;  // of one configuration file

bool is_database(std::string_view path) {
  return (path.starts_with(dpkg_info) && path.ends_with(".list")) || path == dpkg_status ||
         path.starts_with(dpkg_status_folder) || path == "lib/apk/db/installed" ||
         path == "usr/lib/apk/db/installed";
}

std::size_t bytes_of(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const auto& text : texts) bytes += text.size() + sizeof(std::string);
  return bytes;
}

}  // namespace

bool is_understood_text(std::string_view path) {
  return path.starts_with("etc/ld.so.") || path.starts_with("etc/ld-musl-") || path == "etc/nsswitch.conf" ||
         path == "etc/passwd" || path.ends_with("/pyvenv.cfg") || path == "pyvenv.cfg" ||
         path.ends_with(".sh");
}

bool is_configuration(std::string_view path) {
  if (is_understood_text(path)) return false;
  for (const std::string_view suffix : {".pem", ".crt", ".key", "-"})
    if (path.ends_with(suffix)) return false;
  // Tables and texts for people and their shells: what they name is not opened for being named.
  for (const std::string_view table :
       {"bash.bashrc", "fstab", "group", "gshadow", "issue", "issue.net", "motd", "passwd", "profile",
        "protocols", "services", "shadow", "shells"})
    if (path.starts_with("etc/") && path.substr(4) == table) return false;
  if (path.starts_with("etc/")) return true;
  for (const std::string_view suffix : {".conf", ".cnf", ".cfg", ".ini", ".pth"})
    if (path.ends_with(suffix)) return true;
  return false;
}

void FactReader::read(const layers::MergedEntry::Origin& file, std::string_view path,
                      const binaries::RandomAccess& content) {
  const auto beginning = content.read(0, enough_to_decide);
  if (is_database(path))
    read_database(path, content);
  else if (beginning.starts_with(binaries::elf_magic))
    remember(file, elf_facts(content));
  else if (beginning.starts_with("#!"))
    remember(file, script_facts(content));
  else if (is_understood_text(path) || is_configuration(path))
    remember(file, text_facts(path, content));
}

void FactReader::remember(const layers::MergedEntry::Origin& file, FileFacts facts) {
  if (facts.kind == FileFacts::Kind::text && facts.text.empty() && facts.paths.empty()) return;
  bytes_ += sizeof(FileFacts) + facts.text.size() + bytes_of(facts.paths) + bytes_of(facts.elf.paths) +
            bytes_of(facts.elf.fragments) + bytes_of(facts.elf.libraries) + bytes_of(facts.elf.words) +
            bytes_of(facts.elf.commands) + bytes_of(facts.elf.needed);
  if (bytes_ > most_bytes)
    throw Error(ErrorKind::limit, fmt::format("what the files of the image may ask for takes more than {}",
                                              human_size(most_bytes)))
        .hint("slim it without --closure");
  table_.files.insert_or_assign(file, std::move(facts));
}

FileFacts FactReader::elf_facts(const binaries::RandomAccess& content) {
  try {
    if (content.size() > largest_program)
      throw Error(ErrorKind::integrity, fmt::format("it has more than {}", human_size(largest_program)));
    return {FileFacts::Kind::elf, read_elf_facts(content)};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported) throw;
    return {FileFacts::Kind::broken_elf, {}, error.message()};
  }
}

FileFacts FactReader::script_facts(const binaries::RandomAccess& content) {
  FileFacts facts{
      FileFacts::Kind::script, {}, content.read(0, largest_script), content.size() > largest_script};
  const auto shebang = read_shebang(facts.text);
  if (!is_shell(shebang.program())) facts.text.resize(std::min(facts.text.find('\n'), facts.text.size()));
  return facts;
}

FileFacts FactReader::text_facts(std::string_view path, const binaries::RandomAccess& content) {
  const bool whole = is_understood_text(path);
  FileFacts facts{FileFacts::Kind::text, {}, content.read(0, whole ? largest_script : largest_configuration)};
  facts.is_cut = content.size() > facts.text.size();
  std::set<std::string, std::less<>> paths;
  if (is_configuration(path) && facts.text.find('\0') == std::string::npos)
    builder::each_line(facts.text, [&](std::string_view line) {
      const auto first = line.find_first_not_of(" \t");
      if (first == std::string_view::npos || line[first] == '#' || line[first] == ';') return;
      each_path(line, true, [&](std::string_view named) {
        if (paths.size() < most_paths) paths.emplace(named);
      });
    });
  facts.paths.assign(paths.begin(), paths.end());
  if (!whole) facts.text.clear();
  return facts;
}

void FactReader::read_database(std::string_view path, const binaries::RandomAccess& content) {
  if (content.size() > largest_database) {
    table_.warnings.push_back(fmt::format("{} has more than {}: which packages files are from is not known",
                                          shown(path), human_size(largest_database)));
    return;
  }
  const auto all = content.read(0, largest_database);
  const auto name = layers::name_of_path(path);
  try {
    if (path.starts_with(dpkg_info))
      table_.packages.add_dpkg_list(name.substr(0, name.rfind('.')), all);
    else if (name.ends_with(".md5sums"))
      table_.packages.add_dpkg_sums(name.substr(0, name.rfind('.')), all);
    else if (name == "installed")
      table_.packages.add_apk(all);
    else
      table_.packages.add_dpkg_status(all);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) throw;
    table_.warnings.push_back(error.message());
  }
}

}  // namespace whittle::closure
