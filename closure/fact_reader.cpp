#include "closure/fact_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "binaries/elf.hpp"
#include "builder/each_line.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "closure/elf_facts.hpp"
#include "closure/shebang.hpp"
#include "closure/string_constants.hpp"

namespace whittle::closure {
namespace {

constexpr std::string_view dpkg_info = "var/lib/dpkg/info/";
constexpr std::string_view dpkg_status = "var/lib/dpkg/status";
constexpr std::string_view dpkg_status_folder = "var/lib/dpkg/status.d/";
constexpr std::size_t enough_to_decide = 4;
constexpr std::size_t most_paths = 4'000;  // of one configuration file

// What was kept of a file, by position.
class Kept final : public binaries::RandomAccess {
 public:
  explicit Kept(const comparison::Scratch& scratch) : scratch_(scratch) {}
  std::uint64_t size() const override { return scratch_.size(); }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const override {
    return scratch_.read_at(offset, buffer);
  }

 private:
  const comparison::Scratch& scratch_;
};

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

void FactReader::begin(std::string_view path, std::uint64_t, std::uint32_t) {
  path_ = path;
  beginning_.clear();
  kept_.cut(0);
  size_ = 0;
  use_ = Use::undecided;
}

void FactReader::decide(bool at_end) {
  if (!at_end && beginning_.size() < enough_to_decide) return;
  if (is_database(path_)) {
    use_ = Use::database;
    limit_ = largest_database + 1;
  } else if (beginning_.starts_with(binaries::elf_magic)) {
    use_ = Use::elf;
    limit_ = largest_program + 1;
  } else if (beginning_.starts_with("#!")) {
    use_ = Use::script;
    limit_ = largest_script + 1;
  } else if (is_understood_text(path_) || is_configuration(path_)) {
    use_ = Use::text;
    limit_ = is_understood_text(path_) ? largest_script + 1 : largest_configuration + 1;
  } else {
    use_ = Use::none;
  }
  if (use_ != Use::none) keep(as_bytes(beginning_));
}

void FactReader::keep(Bytes piece) {
  const auto room = limit_ - std::min(limit_, kept_.size());
  kept_.append(piece.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, piece.size()))));
}

void FactReader::write(Bytes piece) {
  size_ += piece.size();
  if (use_ == Use::undecided) {
    beginning_ += as_text(piece);
    decide(false);
  } else if (use_ != Use::none) {
    keep(piece);
  }
}

void FactReader::end() {
  if (use_ == Use::undecided) decide(true);
  table_.files.erase(path_);
  switch (use_) {
    case Use::elf:
      return read_elf();
    case Use::script:
      return read_script();
    case Use::text:
      return read_text();
    case Use::database:
      return read_database();
    default:
      return;
  }
}

std::string FactReader::text(std::size_t most) const {
  return Kept(kept_).read(0, most);
}

void FactReader::remember(FileFacts facts) {
  bytes_ += sizeof(FileFacts) + 2 * path_.size() + facts.text.size() + bytes_of(facts.paths) +
            bytes_of(facts.elf.paths) + bytes_of(facts.elf.fragments) + bytes_of(facts.elf.libraries) +
            bytes_of(facts.elf.words) + bytes_of(facts.elf.commands) + bytes_of(facts.elf.needed);
  if (bytes_ > most_bytes)
    throw Error(ErrorKind::limit, fmt::format("what the files of the image may ask for takes more than {}",
                                              human_size(most_bytes)))
        .hint("slim it without --closure");
  table_.files.insert_or_assign(path_, std::move(facts));
}

void FactReader::read_elf() {
  FileFacts facts{FileFacts::Kind::elf};
  try {
    if (kept_.size() > largest_program)
      throw Error(ErrorKind::integrity, fmt::format("it has more than {}", human_size(largest_program)));
    facts.elf = read_elf_facts(Kept(kept_));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported) throw;
    facts = {FileFacts::Kind::broken_elf, {}, error.message()};
  }
  remember(std::move(facts));
}

void FactReader::read_script() {
  FileFacts facts{FileFacts::Kind::script, {}, text(largest_script), kept_.size() > largest_script};
  const auto shebang = read_shebang(facts.text);
  if (!is_shell(shebang.program())) facts.text.resize(std::min(facts.text.find('\n'), facts.text.size()));
  remember(std::move(facts));
}

void FactReader::read_text() {
  const bool whole = is_understood_text(path_);
  FileFacts facts{FileFacts::Kind::text, {}, text(whole ? largest_script : largest_configuration)};
  facts.is_cut = kept_.size() > facts.text.size();
  std::set<std::string, std::less<>> paths;
  if (is_configuration(path_) && facts.text.find('\0') == std::string::npos)
    builder::each_line(facts.text, [&](std::string_view line) {
      const auto first = line.find_first_not_of(" \t");
      if (first == std::string_view::npos || line[first] == '#' || line[first] == ';') return;
      each_path(line, true, [&](std::string_view path) {
        if (paths.size() < most_paths) paths.emplace(path);
      });
    });
  facts.paths.assign(paths.begin(), paths.end());
  if (!whole) facts.text.clear();
  if (!facts.text.empty() || !facts.paths.empty()) remember(std::move(facts));
}

void FactReader::read_database() {
  if (kept_.size() > largest_database) {
    table_.warnings.push_back(fmt::format("{} has more than {}: which packages files are from is not known",
                                          shown(path_), human_size(largest_database)));
    return;
  }
  const auto all = text(largest_database);
  auto name = std::string_view(path_).substr(path_.rfind('/') + 1);
  try {
    if (path_.starts_with(dpkg_info))
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
