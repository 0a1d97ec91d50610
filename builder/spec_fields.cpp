#include "builder/spec_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "builder/named_values.hpp"
#include "common/text.hpp"
#include "packages/bases.hpp"
#include "registry/place.hpp"
#include "registry/reference.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint32_t nonroot_id = 65532;
constexpr std::uint32_t largest_id = 4294967294;  // the kernel keeps 4294967295 for "no such user"

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

// One of a few words; `planned` is a word that a later version will know.
template <class T, std::size_t Count>
T choose(const Value& value, const std::array<Choice<T>, Count>& choices, std::string_view planned) {
  const auto written = value.text();
  std::string known;
  for (const auto& choice : choices) {
    if (choice.name == written) return choice.value;
    known += fmt::format("{}`{}`", known.empty() ? "" : ", ", choice.name);
  }
  if (!planned.empty() && written == planned)
    value.refuse(
        fmt::format("`{}` is not supported by this version of whittle; there are {}", planned, known),
        ErrorKind::unsupported);
  value.refuse(fmt::format("{} is none of {}", shown(written), known));
}

// A decimal number without sign or leading zeros.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t largest) {
  std::uint64_t result = 0;
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), result);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || result > largest)
    return std::nullopt;
  return result;
}

std::optional<Owner> parse_owner(std::string_view text) {
  if (text == "root") return Owner{0, 0};
  if (text == "nonroot") return Owner{nonroot_id, nonroot_id};
  const auto colon = text.find(':');
  const auto uid = number(text.substr(0, colon), largest_id);
  const auto gid = colon == std::string_view::npos ? uid : number(text.substr(colon + 1), largest_id);
  if (!uid || !gid) return std::nullopt;
  return Owner{static_cast<std::uint32_t>(*uid), static_cast<std::uint32_t>(*gid)};
}

// A text that is neither a known name nor numbers.
[[noreturn]] void refuse_owner(const Value& value, std::string_view text) {
  const bool numeric = text.find_first_not_of("0123456789:-+") == std::string_view::npos;
  if (numeric)
    value.refuse(fmt::format("{} is not UID or UID:GID with numbers from 0 to {}", shown(text), largest_id));
  value.refuse(
      fmt::format("{} is a name that whittle does not know", shown(text)),
      "write `root`, `nonroot`, UID or UID:GID; names are never looked up on the machine that builds");
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Real-time signals are written relative to their ends, SIGRTMIN+3.
bool is_signal_name(std::string_view name) {
  static constexpr std::array<std::string_view, 31> names = {
      "HUP",  "INT",  "QUIT", "ILL",    "TRAP", "ABRT",   "BUS",  "FPE",  "KILL", "USR1", "SEGV",
      "USR2", "PIPE", "ALRM", "TERM",   "CHLD", "STKFLT", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
      "URG",  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",  "POLL", "PWR",  "SYS"};
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  for (const std::string_view end : {"RTMIN+", "RTMAX-"})
    if (name.starts_with(end) && number(name.substr(end.size()), 30)) return true;
  return name == "RTMIN" || name == "RTMAX";
}

bool is_buildable(const layers::Platform& platform) {
  static constexpr std::array<std::string_view, 13> architectures = {
      "amd64",   "arm64",    "arm",    "386",    "ppc64le", "s390x", "riscv64",
      "loong64", "mips64le", "mips64", "mipsle", "mips",    "ppc64"};
  if (platform.os != "linux") return false;
  if (std::find(architectures.begin(), architectures.end(), platform.architecture) == architectures.end())
    return false;
  const auto& variant = platform.variant;
  if (platform.architecture == "arm") return variant == "v5" || variant == "v6" || variant == "v7";
  if (platform.architecture == "amd64" && !variant.empty())
    return variant == "v2" || variant == "v3" || variant == "v4";
  return variant.empty();
}

}  // namespace

std::uint32_t read_mode(const Value& value) {
  const auto mode = value.text();
  if (value.is_plain())
    value.refuse(
        fmt::format("{} has to be in quotes, \"0644\": without them some YAML readers take it for a decimal "
                    "number and some for an octal one",
                    shown(mode)));
  std::uint32_t bits = 0;
  const auto parsed = std::from_chars(mode.data(), mode.data() + mode.size(), bits, 8);
  const bool octal = parsed.ec == std::errc() && parsed.ptr == mode.data() + mode.size() && mode[0] != '-';
  if (!octal || mode.size() < 3 || mode.size() > 5 || bits > 07777)
    value.refuse(fmt::format("{} is not a mode: three or four octal digits, at most 7777", shown(mode)));
  return bits;
}

Owner read_owner(const Value& value) {
  const auto written = value.text();
  const auto owner = parse_owner(written);
  if (!owner) refuse_owner(value, written);
  return *owner;
}

std::string read_user(const Value& value) {
  auto user = value.text();
  if (!parse_owner(user)) refuse_owner(value, user);
  return user;
}

std::string read_port(const Value& value) {
  const auto written = value.text();
  const std::string_view text = written;
  const auto slash = text.find('/');
  const auto protocol = slash == std::string_view::npos ? std::string_view("tcp") : text.substr(slash + 1);
  const auto port = number(text.substr(0, slash), 65535);
  if (!port || *port == 0)
    value.refuse(fmt::format("{} is not a port: a number from 1 to 65535, perhaps with `/tcp` or `/udp`",
                             shown(text)));
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    value.refuse(fmt::format("the protocol {} is none of `tcp`, `udp`, `sctp`", shown(protocol)));
  return fmt::format("{}/{}", *port, protocol);
}

std::string read_stop_signal(const Value& value) {
  const auto written = value.text();
  std::string_view name = written;
  const auto as_number = number(name, 64);
  if (as_number && *as_number > 0) return written;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (!is_signal_name(name))
    value.refuse(
        fmt::format("{} is not a signal: a name such as SIGTERM, or a number from 1 to 64", shown(written)));
  return fmt::format("SIG{}", name);
}

std::string read_push(const Value& value) {
  auto repository = value.text();
  for (const std::string_view kind : {"oci:", "oci-archive:", "docker-archive:", "docker-daemon:", "local:"})
    if (repository.starts_with(kind))
      value.refuse(fmt::format("{} is no repository of a registry", shown(repository)),
                   "other places are named when building, with `-o`");
  const auto reference = value.converting([&] { return registry::Reference::parse(repository); });
  if (!reference.tag.empty() || reference.digest)
    value.refuse(fmt::format("{} has a tag or a digest; a repository goes here", shown(repository)),
                 "write tags under `tags`");
  return repository;
}

std::string read_tag(const Value& value) {
  auto tag = value.expandable_text();
  // Named values are of unknown length here; a letter stands for each.
  const auto sample = expand(
      tag, [](std::string_view) { return std::optional<std::string>("x"); }, value.where());
  if (!registry::is_tag(sample))
    value.refuse(
        fmt::format("{} is not a tag", shown(tag)),
        "a tag has at most 128 letters, digits, `_`, `.` and `-`, and begins with neither `.` nor `-`");
  return tag;
}

std::string read_base(const Value& value) {
  auto base = value.text();
  if (base != "scratch" && !packages::find_base(base))
    value.converting([&] { return registry::Place::parse(base); });
  return base;
}

Profile read_profile(const Value& value) {
  static constexpr std::array<Choice<Profile>, 3> choices = {
      {{"debug", Profile::debug}, {"small", Profile::small}, {"smallest", Profile::smallest}}};
  return choose(value, choices, "");
}

Lines read_lines(const Value& value) {
  static constexpr std::array<Choice<Lines>, 2> choices = {{{"keep", Lines::keep}, {"split", Lines::split}}};
  return choose(value, choices, "");
}

Cgo read_cgo(const Value& value) {
  static constexpr std::array<Choice<Cgo>, 4> choices = {
      {{"off", Cgo::off}, {"static", Cgo::any}, {"static-musl", Cgo::musl}, {"static-glibc", Cgo::glibc}}};
  return choose(value, choices, "");
}

Inlining::Rule read_inlining_rule(const Value& value) {
  using Rule = Inlining::Rule;
  static constexpr std::array<Choice<Rule>, 3> choices = {
      {{"all", Rule::all}, {"hot", Rule::hot}, {"none", Rule::none}}};
  return choose(value, choices, "");
}

Secrets read_secrets(const Value& value) {
  static constexpr std::array<Choice<Secrets>, 2> choices = {
      {{"warn", Secrets::warn}, {"deny", Secrets::deny}}};
  return choose(value, choices, "");
}

void read_format(const Value& value, layers::Compression& compression) {
  struct Form {
    layers::Compression::Format format;
    bool by_file;
  };
  using Format = layers::Compression::Format;
  static constexpr std::array<Choice<Form>, 5> choices = {{{"gzip", {Format::gzip, false}},
                                                           {"zstd", {Format::zstd, false}},
                                                           {"estargz", {Format::gzip, true}},
                                                           {"zstd:chunked", {Format::zstd, true}},
                                                           {"none", {Format::none, false}}}};
  const Form form = choose(value, choices, "");
  compression.format = form.format;
  compression.by_file = form.by_file;
}

layers::Compression::Level read_level(const Value& value) {
  using Level = layers::Compression::Level;
  static constexpr std::array<Choice<Level>, 3> choices = {
      {{"fast", Level::fast}, {"balanced", Level::balanced}, {"smallest", Level::smallest}}};
  return choose(value, choices, "");
}

layers::Platform read_platform(const Value& value) {
  const auto written = value.text();
  auto platform = value.converting([&] { return layers::Platform::parse(written); });
  if (!is_buildable(platform))
    value.refuse(
        fmt::format(
            "whittle does not build for {}; it builds for linux/ with 386, amd64[/v2 to v4], "
            "arm[/v5 to v7], arm64, loong64, mips, mips64, mips64le, mipsle, ppc64, ppc64le, riscv64, "
            "s390x",
            shown(written)),
        ErrorKind::unsupported);
  return platform;
}

std::vector<std::pair<std::string, std::string>> read_environment(const Value& value) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& variable : value.mapping()) {
    const auto& name = variable.key();
    if (name.empty()) variable.refuse("the name of the variable is empty");
    if (name.find('=') != std::string::npos || has_control(name))
      variable.refuse("a name of a variable cannot have `=` or control characters");
    result.emplace_back(name, variable.text());
  }
  return result;
}

std::map<std::string, std::string> read_labels(const Value& value) {
  std::map<std::string, std::string> result;
  for (const auto& label : value.mapping()) {
    if (label.key().empty() || has_control(label.key()))
      label.refuse("a key here cannot be empty or have control characters");
    result.emplace(label.key(), label.expandable_text());
  }
  return result;
}

void check_image_name(const Value& image) {
  const auto& name = image.key();
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool good = !name.empty() && name.size() <= 128 && is_word(name.front()) && is_word(name.back());
  for (std::size_t i = 1; good && i < name.size(); ++i) {
    const bool joint = name[i] == '.' || name[i] == '_' || name[i] == '-';
    good = is_word(name[i]) || (joint && is_word(name[i - 1]));
  }
  if (!good)
    image.refuse(
        "an image's name has at most 128 lower-case letters and digits, with single `.`, `_` or `-` between "
        "them");
}

}  // namespace whittle::builder
