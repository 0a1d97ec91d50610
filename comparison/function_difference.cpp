#include "comparison/function_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/go_symbol_name.hpp"
#include "comparison/code_comparison.hpp"

namespace whittle::comparison {
namespace {

constexpr std::uint32_t none = UINT32_MAX;
constexpr std::size_t most_listed = 100;  // functions of one binary that get a finding of their own
constexpr std::size_t most_packages = 20'000;
constexpr std::uint64_t longest_body = 1U << 20U;  // longer ones are not looked into

// In the order in which they are told.
enum class Fate : std::uint8_t { resized, changed, only_in_a, only_in_b, moved, equal };

// Functions by their names' hashes, then by address.
struct Hashed {
  std::uint64_t hash;
  std::uint32_t index;
  auto operator<=>(const Hashed&) const = default;
};

std::vector<Hashed> by_name(const binaries::GoFunctions& functions) {
  std::vector<Hashed> result;
  result.reserve(functions.count());
  binaries::GoFunctions::Names names(functions);
  for (std::size_t i = 0; i < functions.count(); ++i) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : names[i]) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    result.push_back({hash, static_cast<std::uint32_t>(i)});
  }
  std::sort(result.begin(), result.end());
  return result;
}

// For each function of A its counterpart in B, or `none`; and which of B's have one.
struct Pairs {
  std::vector<std::uint32_t> of_a;
  std::vector<bool> paired_in_b;
};

Pairs pair_up(const binaries::GoFunctions& a, const binaries::GoFunctions& b) {
  Pairs pairs{std::vector<std::uint32_t>(a.count(), none), std::vector<bool>(b.count(), false)};
  const auto in_a = by_name(a);
  const auto in_b = by_name(b);
  for (std::size_t i = 0, j = 0; i < in_a.size() && j < in_b.size();) {
    if (in_a[i].hash == in_b[j].hash) {
      pairs.of_a[in_a[i].index] = in_b[j].index;
      pairs.paired_in_b[in_b[j].index] = true;
      ++i, ++j;
    } else if (in_a[i].hash < in_b[j].hash) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

// Compares bodies. Reads both files nearly in order.
class Bodies {
 public:
  Bodies(const GoCode& a, const GoCode& b, const Pairs& pairs)
      : a_(a),
        b_(b),
        reader_a_(a.file),
        reader_b_(b.file),
        comparison_(a.elf, b.elf, [this, &pairs](std::uint64_t x, std::uint64_t y) -> std::optional<bool> {
          const auto of_a = a_.functions.find(x);
          const auto of_b = b_.functions.find(y);
          if (!of_a && !of_b) return std::nullopt;
          if (!of_a || !of_b) return false;
          return pairs.of_a[*of_a] == *of_b && x - a_.functions[*of_a].entry == y - b_.functions[*of_b].entry;
        }) {}

  Fate compare(const binaries::GoFunction& a, const binaries::GoFunction& b) {
    if (a.size() != b.size()) return Fate::resized;
    const auto at_a = a_.elf.offset_of(a.entry);
    const auto at_b = b_.elf.offset_of(b.entry);
    if (!at_a || !at_b || a.size() == 0)
      return at_a.has_value() == at_b.has_value() ? Fate::equal : Fate::changed;
    if (a.size() > longest_body) return same_bytes(*at_a, *at_b, a.size()) ? Fate::equal : Fate::changed;
    const auto size = static_cast<std::size_t>(a.size());
    const auto body_a = body(a_.file, reader_a_, *at_a, size, kept_a_);
    const auto body_b = body(b_.file, reader_b_, *at_b, size, kept_b_);
    if (body_a == body_b) return Fate::equal;
    return comparison_.only_moved({body_a, a.entry}, {body_b, b.entry}) ? Fate::moved : Fate::changed;
  }

 private:
  static std::string_view body(const binaries::RandomAccess& file, binaries::BlockReader& reader,
                               std::uint64_t offset, std::size_t size, std::string& kept) {
    if (size <= binaries::BlockReader::block_size) return reader.at(offset, size);
    kept = file.read(offset, size);
    return kept;
  }
  bool same_bytes(std::uint64_t at_a, std::uint64_t at_b, std::uint64_t size) {
    for (std::uint64_t done = 0; done < size;) {
      const auto step =
          static_cast<std::size_t>(std::min<std::uint64_t>(binaries::BlockReader::block_size, size - done));
      const auto part = reader_a_.at(at_a + done, step);
      if (part.empty() || part != reader_b_.at(at_b + done, step)) return false;
      done += step;
    }
    return true;
  }

  const GoCode& a_;
  const GoCode& b_;
  binaries::BlockReader reader_a_;
  binaries::BlockReader reader_b_;
  std::string kept_a_;
  std::string kept_b_;
  CodeComparison comparison_;
};

// The counts of a package, by fate.
struct PackageCounts {
  std::array<std::uint64_t, 4> of = {};

  std::uint64_t differing() const { return of[0] + of[1] + of[2] + of[3]; }
  std::string text() const {
    static constexpr std::array<std::string_view, 4> words = {"of another size", "with other code",
                                                              "only in A", "only in B"};
    std::string text =
        differing() == 1 ? "1 function differs" : fmt::format("{} functions differ", differing());
    const char* separator = ": ";
    for (std::size_t i = 0; i < words.size(); ++i)
      if (of[i] > 0) {
        text += fmt::format("{}{} {}", separator, of[i], words[i]);
        separator = ", ";
      }
    return text;
  }
};

struct Listed {
  Origin origin;
  Fate fate;
  std::uint32_t a;
  std::uint32_t b;
  auto operator<=>(const Listed&) const = default;
};

// What differs, summed up by package, with the first of the functions.
class Differences {
 public:
  void add(const Listed& function, const std::string& package) {
    if (packages_.size() < most_packages || packages_.contains({function.origin, package}))
      ++packages_[{function.origin, package}].of[static_cast<std::size_t>(function.fate)];
    else
      ++others_;
    listed_.push_back(function);
    if (listed_.size() >= 2 * most_listed) keep_first();
  }
  void report(const GoCode& a, const GoCode& b, const Where& where, Findings& findings) {
    report_packages(where, findings);
    keep_first();
    binaries::GoFunctions::Names names_a(a.functions);
    binaries::GoFunctions::Names names_b(b.functions);
    for (const auto& function : listed_) {
      const auto name = std::string(function.a != none ? names_a[function.a] : names_b[function.b]);
      const auto size = [](const binaries::GoFunctions& of,
                           std::uint32_t index) -> std::optional<std::string> {
        if (index == none) return std::nullopt;
        return fmt::format("{} bytes", of[index].size());
      };
      findings.add({below(where, "function " + name), "go-function", size(a.functions, function.a),
                    size(b.functions, function.b),
                    function.fate == Fate::changed ? "other code of the same size" : ""});
    }
  }

 private:
  void keep_first() {
    std::sort(listed_.begin(), listed_.end());
    if (listed_.size() > most_listed) listed_.resize(most_listed);
  }
  void report_packages(const Where& where, Findings& findings) const {
    static constexpr std::array<const char*, 3> aspects = {"go-package", "go-dependency-package",
                                                           "go-toolchain-package"};
    for (const auto& [key, counts] : packages_)
      findings.add({below(where, "package " + (key.second.empty() ? "(made by the compiler)" : key.second)),
                    aspects[static_cast<std::size_t>(key.first)], std::nullopt, std::nullopt, counts.text()});
    if (others_ > 0)
      findings.add({below(where, "package (others)"), "go-dependency-package", std::nullopt, std::nullopt,
                    fmt::format("{} functions of more packages differ", others_)});
  }

  std::map<std::pair<Origin, std::string>, PackageCounts> packages_;
  std::vector<Listed> listed_;
  std::uint64_t others_ = 0;
};

}  // namespace

void compare_functions(const GoCode& a, const GoCode& b, const PackageOrigins& origins, const Where& where,
                       Findings& findings) {
  const auto pairs = pair_up(a.functions, b.functions);
  Bodies bodies(a, b, pairs);
  Differences differences;
  const auto add = [&](Fate fate, std::uint32_t in_a, std::uint32_t in_b, std::string_view name) {
    const auto package = binaries::package_of_symbol(name);
    differences.add({package.empty() ? Origin::toolchain : origins.of(package), fate, in_a, in_b}, package);
  };
  std::uint64_t moved = 0;
  binaries::GoFunctions::Names names(a.functions);
  for (std::uint32_t i = 0; i < a.functions.count(); ++i) {
    const auto other = pairs.of_a[i];
    const auto fate = other == none ? Fate::only_in_a : bodies.compare(a.functions[i], b.functions[other]);
    if (fate == Fate::moved)
      ++moved;
    else if (fate != Fate::equal)
      add(fate, i, other, names[i]);
  }
  binaries::GoFunctions::Names names_b(b.functions);
  for (std::uint32_t i = 0; i < b.functions.count(); ++i)
    if (!pairs.paired_in_b[i]) add(Fate::only_in_b, none, i, names_b[i]);
  if (moved > 0)
    findings.add({below(where, "functions"), "go-moved-functions", std::nullopt, std::nullopt,
                  fmt::format("{} functions differ only in the addresses they use", moved)});
  differences.report(a, b, where, findings);
}

}  // namespace whittle::comparison
