#include "vulnerabilities/advisory_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "vulnerabilities/ecosystem.hpp"
#include "vulnerabilities/version_order.hpp"

namespace whittle::vulnerabilities {
namespace {

using layers::JsonFields;

constexpr std::string_view go_modules = "index/modules.json";
constexpr std::string_view go_state = "index/db.json";
constexpr std::string_view magic = "whittle-advisories 2";
constexpr std::size_t files_at_once = 4'096;
constexpr JsonLimits index_limits = {64U << 20U, 16};

bool is_index(std::string_view name) {
  return name.starts_with("index/");
}

// What of an entry goes into an index.
struct Indexed {
  std::string modified = {};
  bool withdrawn = false;
  std::vector<std::pair<std::string, std::string>> packages = {};  // ecosystem and name
};

Indexed read_entry(const DatabaseFiles& files, std::size_t index) {
  const auto advisory = read_advisory(files, index);
  Indexed indexed{advisory.modified, advisory.withdrawn, {}};
  if (!advisory.withdrawn)
    for (const auto& affected : advisory.affected)
      indexed.packages.emplace_back(affected.ecosystem, affected.name);
  return indexed;
}

std::vector<Indexed> read_entries(const DatabaseFiles& files, std::span<const std::size_t> wanted,
                                  unsigned jobs, const std::stop_token& stop) {
  std::vector<Indexed> read(wanted.size());
  parallel_for(read.size(), jobs, stop, [&](std::size_t i) { read[i] = read_entry(files, wanted[i]); });
  return read;
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

bool is_mended(std::string_view fixed, std::string_view installed) {
  if (fixed.empty() || installed.empty()) return false;
  const auto order = compare(VersionOrder::semantic, fixed, installed);
  return order && *order <= 0;
}

}  // namespace

Advisory read_advisory(const DatabaseFiles& files, std::size_t index) {
  const auto& name = files.names().at(index);
  auto advisory = parse_advisory(files.read(index), name);
  const auto slash = name.rfind('/');
  if (name.substr(slash == std::string::npos ? 0 : slash + 1) != advisory.id + ".json")
    throw Error(ErrorKind::integrity, fmt::format("{} is of the entry {}", shown(name), shown(advisory.id)));
  return advisory;
}

class AdvisoryIndex::Maker {
 public:
  explicit Maker(const DatabaseFiles& files) : files_(files) {}

  void add(std::string_view ecosystem, std::string_view name, std::size_t file, std::string_view fixed = {}) {
    lines_.push_back(fmt::format("{}\t{}\t{}\t{}", ecosystem, name, file, fixed));
    if (!index_.ecosystems_.contains(std::string(ecosystem))) index_.ecosystems_.emplace(ecosystem);
  }
  void add_time(const std::string& time) { index_.modified_ = std::max(index_.modified_, time); }
  void count(std::size_t entries) { index_.entries_ += entries; }

  void read(const std::vector<std::size_t>& wanted, unsigned jobs, const std::stop_token& stop) {
    for (std::size_t begin = 0; begin < wanted.size(); begin += files_at_once) {
      const auto some = std::span(wanted).subspan(begin, std::min(files_at_once, wanted.size() - begin));
      const auto read = read_entries(files_, some, jobs, stop);
      for (std::size_t i = 0; i < read.size(); ++i) {
        add_time(read[i].modified);
        count(read[i].withdrawn ? 0 : 1);
        for (const auto& [ecosystem, name] : read[i].packages) add(ecosystem, name, some[i]);
      }
    }
  }

  AdvisoryIndex take() {
    std::sort(lines_.begin(), lines_.end());
    lines_.erase(std::unique(lines_.begin(), lines_.end()), lines_.end());
    for (auto& line : lines_) (index_.lines_ += line) += '\n';
    return std::move(index_);
  }

 private:
  const DatabaseFiles& files_;
  AdvisoryIndex index_;
  std::vector<std::string> lines_;
};

AdvisoryIndex AdvisoryIndex::of_all(const DatabaseFiles& files, unsigned jobs, const std::stop_token& stop) {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < files.names().size(); ++i)
    if (!is_index(files.names()[i])) wanted.push_back(i);
  Maker maker(files);
  maker.read(wanted, jobs, stop);
  return maker.take();
}

std::optional<AdvisoryIndex> AdvisoryIndex::of_go(const DatabaseFiles& files, unsigned jobs,
                                                  const std::stop_token& stop) {
  const auto modules = files.find(go_modules);
  if (!modules) return std::nullopt;
  Maker maker(files);
  std::vector<bool> named(files.names().size());
  const auto add_module = [&](const JsonFields& module) {
    const auto path = module.required_text("path");
    const auto where = fmt::format("{}: {}", go_modules, shown(path));
    for (const auto& entry : module.required_array("vulns")) {
      const JsonFields fields(entry, where);
      const auto id = fields.required_text("id");
      const auto file = files.find(fmt::format("ID/{}.json", id));
      if (!file)
        throw Error(ErrorKind::integrity,
                    fmt::format("{} names {}, which is not there", go_modules, shown(id)));
      // The last of all versions in which it is mended; "" where it is not.
      const auto fixed = fields.text("fixed");
      maker.add(go_ecosystem, path, *file, is_version(VersionOrder::semantic, fixed) ? fixed : std::string());
      if (!named[*file]) maker.count(1);
      named[*file] = true;
    }
  };
  const auto json = parse_json(files.read(*modules), go_modules, ErrorKind::integrity, index_limits);
  if (!json.is_array()) throw Error(ErrorKind::integrity, fmt::format("{} is no list", go_modules));
  for (const auto& module : json) add_module(JsonFields(module, std::string(go_modules)));
  if (const auto state = files.find(go_state)) {
    const auto text = parse_json(files.read(*state), go_state, ErrorKind::integrity, index_limits);
    maker.add_time(JsonFields(text, std::string(go_state)).required_text("modified"));
  }
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < named.size(); ++i)
    if (!named[i] && !is_index(files.names()[i])) others.push_back(i);
  maker.read(others, jobs, stop);
  return maker.take();
}

std::string AdvisoryIndex::text() const {
  std::string text = fmt::format("{}\n{}\n{}\n", magic, entries_, modified_);
  for (const auto& ecosystem : ecosystems_) text += ecosystem + "\n";
  return text + "\n" + lines_;
}

std::optional<AdvisoryIndex> AdvisoryIndex::parse(std::string text, std::size_t files) {
  std::string_view rest = text;
  if (take_line(rest) != magic) return std::nullopt;
  AdvisoryIndex index;
  const auto entries = whole_number<std::size_t>(take_line(rest));
  if (!entries || *entries > files) return std::nullopt;
  index.entries_ = *entries;
  index.modified_ = take_line(rest);
  for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) index.ecosystems_.emplace(line);
  if (!rest.empty() && !rest.ends_with('\n')) return std::nullopt;
  text.erase(0, text.size() - rest.size());
  index.lines_ = std::move(text);
  return index;
}

// By halves: a line's beginning is looked for from any place in it.
std::vector<std::size_t> AdvisoryIndex::about(std::string_view ecosystem, std::string_view name,
                                              std::string_view installed) const {
  const auto wanted = fmt::format("{}\t{}\t", ecosystem, name);
  const std::string_view lines = lines_;
  std::size_t low = 0;
  std::size_t high = lines.size();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto before = lines.rfind('\n', middle == 0 ? 0 : middle - 1);
    const auto begin = before == std::string_view::npos || before < low ? low : before + 1;
    const auto line = lines.substr(begin, lines.find('\n', begin) - begin);
    if (line < wanted)
      low = begin + line.size() + 1;
    else
      high = begin;
  }
  std::vector<std::size_t> found;
  for (auto rest = lines.substr(std::min(low, lines.size())); rest.starts_with(wanted);) {
    const auto line = take_line(rest).substr(wanted.size());
    const auto tab = line.find('\t');
    const auto file = whole_number<std::size_t>(line.substr(0, tab));
    if (file && !is_mended(line.substr(std::min(tab, line.size() - 1) + 1), installed))
      found.push_back(*file);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace whittle::vulnerabilities
