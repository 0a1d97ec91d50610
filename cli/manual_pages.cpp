#include "cli/manual_pages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cli/exit_codes.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace {

struct Term {
  std::string_view name;
  std::string_view text;
};

constexpr std::array known_places = std::to_array<Term>({
    {"registry.example.com/shop/api:1.4", "a registry; a name without a host is one of docker.io"},
    {"oci:DIR[:TAG], oci-archive:FILE[:TAG]", "an OCI image layout, or one in a tar"},
    {"docker-archive:FILE[:REF]", "what `docker save` writes and `docker load` reads"},
    {"docker-daemon:REF", "the images of a running Docker daemon, over its socket"},
    {"local:NAME[:TAG]", "whittle's own store, in its cache; a build goes there unless told otherwise"},
});

constexpr std::array known_variables = std::to_array<Term>({
    {"CI", "where it is set, a build takes --locked as given, and progress is plain lines"},
    {"GITHUB_ACTIONS, GITHUB_STEP_SUMMARY",
     "errors are annotated, and builds add to the summary of the step"},
    {"GOPROXY, GONOSUMDB, GOPRIVATE, …",
     "where modules come from, as for go; nothing of what steers the compiler is taken"},
    {"NO_COLOR, TERM", "colours are left out where NO_COLOR is set or TERM is dumb"},
    {"SOURCE_DATE_EPOCH", "the time stamp of everything in an image, in seconds; 0 where it is not set"},
    {"SSL_CERT_FILE", "the file of certificate authorities, instead of the system's"},
    {"WHITTLE_DEBIAN", "where Debian packages come from, as a line of sources.list"},
    {"WHITTLE_KEY_PASSWORD", "of an encrypted key"},
    {"WHITTLE_PUSH", "the repository below which `build --push` puts images that name none"},
    {"WHITTLE_VULNERABILITIES", "the database of `scan`"},
    {"XDG_CACHE_HOME", "the cache is in its folder whittle; ~/.cache where it is not set"},
});

constexpr std::array known_files = std::to_array<Term>({
    {"whittle.yaml", "the images of a project; `whittle schema` prints its JSON Schema"},
    {"whittle.lock", "by digest, what its builds take from outside"},
    {"~/.cache/whittle", "what is remembered; it may be removed at any time"},
});

// Inert text (groff_char(7)): a backslash and what begins a request are escaped, a hyphen is one that can be
// copied, and other characters than ASCII are named by number, whatever encoding the reader assumes.
std::string roff(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = decode_character(text);
    const auto length = std::max<std::size_t>(character.length, 1);
    const char first = text.front();
    if (character.value > 0x7e)
      result += fmt::format("\\[u{:04X}]", character.value);
    else if (first == '\\')
      result += "\\e";
    else if (first == '-')
      result += "\\-";
    else if (first == '\'')
      result += "\\(aq";
    else if (first == '`')
      result += "\\(ga";
    else if ((first == '.') && (result.empty() || result.back() == '\n'))
      result += "\\&.";
    else
      result += first == '\n' ? ' ' : first;
    text.remove_prefix(length);
  }
  return result;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string sentence(std::string_view text) {
  std::string result(text);
  if (!result.empty() && !result.ends_with('.')) result += '.';
  return result;
}

std::string page_name(const CommandOutline& command) {
  return fmt::format("{}", fmt::join(command.path, "-"));
}

std::string value_of(const OptionOutline& option) {
  if (option.choices.empty()) return italic(option.value);
  std::string text;
  for (const auto& choice : option.choices) text += (text.empty() ? "" : "|") + bold(choice);
  return text;
}

class Page {
 public:
  Page(const CommandOutline& whittle, std::string_view version) : whittle_(whittle), version_(version) {}

  std::string of_command(const CommandOutline& command) {
    const bool is_root = command.path.size() == 1;
    head(command);
    description(command);
    options(is_root ? "OPTIONS OF EVERY COMMAND" : "OPTIONS", command);
    for (const auto& one : command.commands)
      if (!is_root) nested(one);
    if (is_root) {
      terms("PLACES",
            "A PLACE is one of these. Behind any, @sha256:… may stand; then nothing but that digest is "
            "accepted.",
            known_places);
      terms("ENVIRONMENT", "", known_variables);
      terms("FILES", "", known_files);
    } else {
      text_ += fmt::format(".PP\nThe options of every command are in {}(1).\n", bold("whittle"));
    }
    exit_status(is_root);
    see_also(command);
    return std::move(text_);
  }

 private:
  void section(std::string_view name) { text_ += fmt::format(".SH \"{}\"\n", name); }
  void paragraph(std::string_view text) { text_ += roff(sentence(text)) + "\n"; }

  void head(const CommandOutline& command) {
    std::string title = page_name(command);
    std::transform(title.begin(), title.end(), title.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    text_ = fmt::format(
        ".\\\" Made from the command line of whittle; changes belong there.\n"
        ".TH {} 1 \"\" \"whittle {}\" \"User Commands\"\n",
        roff(title), roff(version_));
    section("NAME");
    text_ += fmt::format("{} \\- {}\n", roff(page_name(command)), roff(command.description));
    section("SYNOPSIS");
    synopsis(command);
    if (command.path.size() > 1)
      for (const auto& one : command.commands) synopsis(one);
  }

  void synopsis(const CommandOutline& command) {
    const auto several = roff("…");
    text_ += fmt::format(".PP\n{} [{}{}]", bold(fmt::format("{}", fmt::join(command.path, " "))),
                         italic("OPTION"), several);
    if (!command.commands.empty()) text_ += fmt::format(" {}", italic("COMMAND"));
    for (const auto& argument : command.arguments) {
      const auto text = italic(argument.value) + (argument.repeatable ? several : "");
      text_ += argument.required ? " " + text : fmt::format(" [{}]", text);
    }
    text_ += '\n';
  }

  void description(const CommandOutline& command) {
    section("DESCRIPTION");
    paragraph(command.description);
    for (const auto& argument : command.arguments) tagged(value_of(argument), argument.description);
    if (command.commands.empty()) return;
    section("COMMANDS");
    const bool is_root = command.path.size() == 1;
    for (const auto& one : command.commands)
      tagged(is_root ? bold(page_name(one)) + "(1)" : bold(one.path.back()), one.description);
  }

  void options(std::string_view title, const CommandOutline& command) {
    section(title);
    for (const auto& option : command.options) tagged(names_of(option), option.description);
  }

  static std::string names_of(const OptionOutline& option) {
    std::string text;
    for (const auto& name : option.names) text += (text.empty() ? "" : ", ") + bold(name);
    if (option.value.empty()) return text;
    return text + (option.names.back().starts_with("--") ? "=" : " ") + value_of(option);
  }

  void nested(const CommandOutline& command) {
    text_ += fmt::format(".SH \"{}\"\n", roff(fmt::format("{}", fmt::join(command.path, " "))));
    paragraph(command.description);
    for (const auto& argument : command.arguments) tagged(value_of(argument), argument.description);
    for (const auto& option : command.options) tagged(names_of(option), option.description);
  }

  void tagged(const std::string& tag, std::string_view text) {
    text_ += fmt::format(".TP\n{}\n{}\n", tag, roff(sentence(text)));
  }

  template <std::size_t count>
  void terms(std::string_view title, std::string_view text, const std::array<Term, count>& list) {
    section(title);
    if (!text.empty()) paragraph(text);
    for (const auto& term : list) tagged(bold(term.name), term.text);
  }

  void exit_status(bool is_root) {
    section("EXIT STATUS");
    if (!is_root) {
      text_ += fmt::format("0 when all was done; what the others mean is in {}(1).\n", bold("whittle"));
      return;
    }
    for (const auto& code : exit_codes()) tagged(bold(code.codes), code.meaning);
  }

  void see_also(const CommandOutline& command) {
    section("SEE ALSO");
    std::vector<std::string> names;
    for (const auto& one : whittle_.commands) names.push_back(page_name(one));
    names.push_back(page_name(whittle_));
    std::sort(names.begin(), names.end());
    std::string list;
    for (const auto& name : names)
      if (name != page_name(command)) list += fmt::format("{}{}(1)", list.empty() ? "" : ",\n", bold(name));
    text_ += list + "\n";
  }

  const CommandOutline& whittle_;
  std::string_view version_;
  std::string text_ = {};
};

}  // namespace

std::map<std::string, std::string> manual_pages(const CommandOutline& whittle,
                                                std::string_view program_version) {
  std::map<std::string, std::string> pages;
  pages.emplace(page_name(whittle) + ".1", Page(whittle, program_version).of_command(whittle));
  for (const auto& command : whittle.commands)
    pages.emplace(page_name(command) + ".1", Page(whittle, program_version).of_command(command));
  return pages;
}

}  // namespace whittle::cli
