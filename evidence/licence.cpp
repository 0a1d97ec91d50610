#include "evidence/licence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "packages/control_file.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t longest_expression = 4096;
constexpr std::size_t most_licences = 200;  // of one copyright file
constexpr std::string_view reference = "LicenseRef-";

using Name = std::pair<std::string_view, std::string_view>;

// Identifiers of SPDX by what is written for them, in lower case and sorted. Debian's are those of
// copyright-format 1.0.
constexpr std::array known = {Name{"0bsd", "0BSD"},
                              Name{"afl-2.1", "AFL-2.1"},
                              Name{"agpl-3", "AGPL-3.0-only"},
                              Name{"agpl-3+", "AGPL-3.0-or-later"},
                              Name{"agpl-3.0-only", "AGPL-3.0-only"},
                              Name{"agpl-3.0-or-later", "AGPL-3.0-or-later"},
                              Name{"apache-2", "Apache-2.0"},
                              Name{"apache-2.0", "Apache-2.0"},
                              Name{"artistic", "Artistic-1.0-Perl"},
                              Name{"artistic-2", "Artistic-2.0"},
                              Name{"artistic-2.0", "Artistic-2.0"},
                              Name{"blueoak-1.0.0", "BlueOak-1.0.0"},
                              Name{"bsd-2-clause", "BSD-2-Clause"},
                              Name{"bsd-3-clause", "BSD-3-Clause"},
                              Name{"bsd-4-clause", "BSD-4-Clause"},
                              Name{"bsd-4-clause-uc", "BSD-4-Clause-UC"},
                              Name{"bsl-1.0", "BSL-1.0"},
                              Name{"bzip2-1.0.6", "bzip2-1.0.6"},
                              Name{"cc-by-3.0", "CC-BY-3.0"},
                              Name{"cc-by-4.0", "CC-BY-4.0"},
                              Name{"cc-by-sa-3.0", "CC-BY-SA-3.0"},
                              Name{"cc-by-sa-4.0", "CC-BY-SA-4.0"},
                              Name{"cc0", "CC0-1.0"},
                              Name{"cc0-1.0", "CC0-1.0"},
                              Name{"cddl-1.0", "CDDL-1.0"},
                              Name{"cpl-1.0", "CPL-1.0"},
                              Name{"curl", "curl"},
                              Name{"epl-1.0", "EPL-1.0"},
                              Name{"epl-2.0", "EPL-2.0"},
                              Name{"expat", "MIT"},
                              Name{"ftl", "FTL"},
                              Name{"fsfap", "FSFAP"},
                              Name{"fsful", "FSFUL"},
                              Name{"fsfullr", "FSFULLR"},
                              Name{"gfdl-1.2", "GFDL-1.2-only"},
                              Name{"gfdl-1.2+", "GFDL-1.2-or-later"},
                              Name{"gfdl-1.3", "GFDL-1.3-only"},
                              Name{"gfdl-1.3+", "GFDL-1.3-or-later"},
                              Name{"gfdl-1.3-only", "GFDL-1.3-only"},
                              Name{"gfdl-1.3-or-later", "GFDL-1.3-or-later"},
                              Name{"gpl-1", "GPL-1.0-only"},
                              Name{"gpl-1+", "GPL-1.0-or-later"},
                              Name{"gpl-1.0-only", "GPL-1.0-only"},
                              Name{"gpl-1.0-or-later", "GPL-1.0-or-later"},
                              Name{"gpl-2", "GPL-2.0-only"},
                              Name{"gpl-2+", "GPL-2.0-or-later"},
                              Name{"gpl-2.0", "GPL-2.0-only"},
                              Name{"gpl-2.0+", "GPL-2.0-or-later"},
                              Name{"gpl-2.0-only", "GPL-2.0-only"},
                              Name{"gpl-2.0-or-later", "GPL-2.0-or-later"},
                              Name{"gpl-3", "GPL-3.0-only"},
                              Name{"gpl-3+", "GPL-3.0-or-later"},
                              Name{"gpl-3.0", "GPL-3.0-only"},
                              Name{"gpl-3.0+", "GPL-3.0-or-later"},
                              Name{"gpl-3.0-only", "GPL-3.0-only"},
                              Name{"gpl-3.0-or-later", "GPL-3.0-or-later"},
                              Name{"hpnd", "HPND"},
                              Name{"icu", "ICU"},
                              Name{"ijg", "IJG"},
                              Name{"isc", "ISC"},
                              Name{"lgpl-2", "LGPL-2.0-only"},
                              Name{"lgpl-2+", "LGPL-2.0-or-later"},
                              Name{"lgpl-2.0-only", "LGPL-2.0-only"},
                              Name{"lgpl-2.0-or-later", "LGPL-2.0-or-later"},
                              Name{"lgpl-2.1", "LGPL-2.1-only"},
                              Name{"lgpl-2.1+", "LGPL-2.1-or-later"},
                              Name{"lgpl-2.1-only", "LGPL-2.1-only"},
                              Name{"lgpl-2.1-or-later", "LGPL-2.1-or-later"},
                              Name{"lgpl-3", "LGPL-3.0-only"},
                              Name{"lgpl-3+", "LGPL-3.0-or-later"},
                              Name{"lgpl-3.0-only", "LGPL-3.0-only"},
                              Name{"lgpl-3.0-or-later", "LGPL-3.0-or-later"},
                              Name{"libpng", "Libpng"},
                              Name{"libtiff", "libtiff"},
                              Name{"lppl-1.3c", "LPPL-1.3c"},
                              Name{"mit", "MIT"},
                              Name{"mit-0", "MIT-0"},
                              Name{"mpl-1.1", "MPL-1.1"},
                              Name{"mpl-2.0", "MPL-2.0"},
                              Name{"ms-pl", "MS-PL"},
                              Name{"ncsa", "NCSA"},
                              Name{"ofl-1.1", "OFL-1.1"},
                              Name{"openssl", "OpenSSL"},
                              Name{"perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"},
                              Name{"php-3.01", "PHP-3.01"},
                              Name{"psf-2", "PSF-2.0"},
                              Name{"psf-2.0", "PSF-2.0"},
                              Name{"python-2.0", "Python-2.0"},
                              Name{"qpl-1.0", "QPL-1.0"},
                              Name{"ruby", "Ruby"},
                              Name{"sgi-b-2.0", "SGI-B-2.0"},
                              Name{"sleepycat", "Sleepycat"},
                              Name{"sspl-1.0", "SSPL-1.0"},
                              Name{"tcl", "TCL"},
                              Name{"unicode-dfs-2016", "Unicode-DFS-2016"},
                              Name{"unlicense", "Unlicense"},
                              Name{"vim", "Vim"},
                              Name{"w3c", "W3C"},
                              Name{"wtfpl", "WTFPL"},
                              Name{"x11", "X11"},
                              Name{"zlib", "Zlib"},
                              Name{"zpl-2.1", "ZPL-2.1"}};

constexpr std::array exceptions = {Name{"autoconf-exception-2.0", "Autoconf-exception-2.0"},
                                   Name{"autoconf-exception-3.0", "Autoconf-exception-3.0"},
                                   Name{"bison-exception-2.2", "Bison-exception-2.2"},
                                   Name{"classpath-exception-2.0", "Classpath-exception-2.0"},
                                   Name{"font-exception-2.0", "Font-exception-2.0"},
                                   Name{"gcc-exception-3.1", "GCC-exception-3.1"},
                                   Name{"libtool-exception", "Libtool-exception"},
                                   Name{"linux-syscall-note", "Linux-syscall-note"},
                                   Name{"llvm-exception", "LLVM-exception"}};

template <std::size_t size>
std::string_view find(const std::array<Name, size>& table, std::string_view word) {
  const auto wanted = lower_case(word);
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Name& name) { return name.first == wanted; });
  return found == table.end() ? std::string_view() : found->second;
}

bool is_idstring(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

std::string reference_to(std::string_view name) {
  std::string id(name.starts_with(reference) ? std::string_view() : reference);
  for (const char c : name) {
    if (is_idstring(c))
      id += c;
    else if (c == '+')
      id += "-or-later";
    else
      id += '-';
  }
  return id;
}

std::string identifier(std::string_view name) {
  const auto id = find(known, name);
  if (id.find(' ') != std::string_view::npos) return fmt::format("({})", id);
  return id.empty() ? reference_to(name) : std::string(id);
}

// Words, commas and parentheses become an expression by descent: lists by comma bind the weakest
// (copyright-format, 7.2), then `or`, then `and`, then `with`.
class Expression {
 public:
  explicit Expression(std::string_view text) {
    std::string word;
    const auto end_word = [&] {
      if (!word.empty()) tokens_.push_back(std::exchange(word, {}));
    };
    for (const char c : text) {
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        end_word();
      else if (c == ',' || c == '(' || c == ')')
        end_word(), tokens_.emplace_back(1, c);
      else
        word += c;
    }
    end_word();
  }

  // "" when it is none.
  std::string read() {
    auto text = list(0);
    return broken_ || at_ != tokens_.size() ? std::string() : text;
  }

 private:
  bool take(std::string_view word) {
    if (at_ >= tokens_.size() || lower_case(tokens_[at_]) != word) return false;
    ++at_;
    return true;
  }
  static bool is_operator(std::string_view word) {
    const auto plain = lower_case(word);
    return plain == "and" || plain == "or" || plain == "with";
  }
  static std::string bracketed(std::string text) {
    return text.find(' ') == std::string::npos || (text.front() == '(' && text.find(')') == text.size() - 1)
               ? text
               : fmt::format("({})", text);
  }

  std::string list(unsigned depth) {
    auto text = alternatives(depth);
    while (take(",")) {
      const bool either = take("or");
      if (!either) take("and");
      text = fmt::format("{} {} {}", bracketed(std::move(text)), either ? "OR" : "AND",
                         bracketed(alternatives(depth)));
    }
    return text;
  }
  std::string alternatives(unsigned depth) {
    auto text = all(depth);
    while (take("or")) text += " OR " + all(depth);
    return text;
  }
  std::string all(unsigned depth) {
    auto text = one(depth);
    while (take("and")) text += " AND " + one(depth);
    return text;
  }
  std::string one(unsigned depth) {
    if (broken_ || at_ >= tokens_.size() || depth > 16) return fail();
    if (take("(")) {
      auto text = list(depth + 1);
      return take(")") ? bracketed(std::move(text)) : fail();
    }
    const auto& word = tokens_[at_++];
    if (word == "," || word == ")" || is_operator(word)) return fail();
    auto text = identifier(word);
    if (take("with")) text = with(word, std::move(text));
    return text;
  }
  // What SPDX has no exception for is a licence of its own.
  std::string with(const std::string& licence, std::string id) {
    if (at_ >= tokens_.size()) return fail();
    std::string exception = tokens_[at_++];
    while (at_ < tokens_.size() && lower_case(tokens_[at_]) == "exception") exception += "-" + tokens_[at_++];
    const auto known_one = find(exceptions, exception);
    if (known_one.empty() || id.starts_with(reference))
      return reference_to(fmt::format("{}-with-{}", licence, exception));
    return fmt::format("{} WITH {}", id, known_one);
  }
  std::string fail() {
    broken_ = true;
    return {};
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

bool is_expressible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string licence_expression(std::string_view stated) {
  if (stated.size() > longest_expression || !is_expressible(stated)) return {};
  return Expression(stated).read();
}

std::string licence_of_copyright(std::string_view text) {
  packages::ControlReader reader(text, "a copyright file", {ErrorKind::integrity, false, {}});
  packages::ControlParagraph paragraph;
  std::set<std::string> of_files;
  std::string of_all;
  bool machine_readable = false;
  try {
    while (reader.next(paragraph)) {
      if (!machine_readable && !paragraph.find("Format")) return {};
      const bool header = !std::exchange(machine_readable, true);
      const auto stated = paragraph.value("License");
      auto expression = licence_expression(packages::trimmed(stated.substr(0, stated.find('\n'))));
      if (expression.empty()) continue;
      if (header)
        of_all = std::move(expression);
      else if (paragraph.find("Files") && of_files.size() < most_licences)
        of_files.insert(std::move(expression));
    }
  } catch (const Error&) {
    return {};  // prose, or nearly the form: nothing is known
  }
  if (of_files.empty()) return of_all;
  if (of_files.size() == 1) return *of_files.begin();
  std::vector<std::string> parts;
  for (const auto& one : of_files)
    parts.push_back(one.find(' ') == std::string::npos ? one : fmt::format("({})", one));
  return fmt::format("{}", fmt::join(parts, " AND "));
}

std::map<std::string, std::string> licence_references(std::string_view expression) {
  std::map<std::string, std::string> references;
  while (!expression.empty()) {
    const auto end = std::find_if_not(expression.begin(), expression.end(), is_idstring);
    const std::string word(expression.begin(), end);
    if (word.starts_with(reference)) references.emplace(word, word.substr(reference.size()));
    expression.remove_prefix(std::max<std::size_t>(1, word.size()));
  }
  return references;
}

}  // namespace whittle::evidence
