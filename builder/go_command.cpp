#include "builder/go_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/dockerfile_values.hpp"
#include "builder/init_spec.hpp"

namespace whittle::builder {
namespace {

// Flags of go that take a value as the next word when none is behind `=`.
constexpr std::array<std::string_view, 19> with_value = {
    "o",        "ldflags",    "tags",    "mod",      "gcflags",  "asmflags", "installsuffix",
    "p",        "buildmode",  "pgo",     "C",        "pkgdir",   "toolexec", "overlay",
    "compiler", "gccgoflags", "modfile", "coverpkg", "covermode"};

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

class CommandReader {
 public:
  explicit CommandReader(std::span<const std::string> words) : words_(words) {}

  GoCommand read() {
    while (!words_.empty()) {
      const auto word = take();
      if (!word.starts_with('-') || word.size() == 1)
        result_.packages.push_back(word);
      else
        read_flag(word);
    }
    return std::move(result_);
  }

 private:
  std::string take() {
    auto word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }
  void remark(Fate fate, std::string text) { result_.remarks.emplace_back(fate, std::move(text)); }

  void read_flag(const std::string& word) {
    auto name = word.substr(word.starts_with("--") ? 2 : 1);
    const auto equals = name.find('=');
    std::string value;
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (std::find(with_value.begin(), with_value.end(), name) != with_value.end() && !words_.empty()) {
      value = take();
    }
    if (name == "o")
      result_.output = value;
    else if (name == "C")
      result_.folder = value;
    else if (name == "tags")
      read_tags(value);
    else if (name == "ldflags")
      read_ldflags(value);
    else if (name == "gcflags" && value.find("-N") != std::string::npos)
      result_.profile = "debug";
    else if (name == "gcflags" && value == "all=-l")
      result_.inlining = "none";
    else
      dismiss(name, value);
  }

  void dismiss(const std::string& name, const std::string& value) {
    static constexpr std::array<std::string_view, 7> said_less = {"v", "x", "n", "p", "a", "json", "work"};
    if (std::find(said_less.begin(), said_less.end(), name) != said_less.end())
      return remark(Fate::not_needed, fmt::format("`-{}` changes nothing in the binary", name));
    if (name == "trimpath") return remark(Fate::not_needed, "whittle always builds with -trimpath");
    if (name == "buildvcs")
      return remark(Fate::not_needed,
                    "whittle names the revision in the image's annotations, not in the binary");
    if (name == "installsuffix")
      return remark(Fate::not_needed, "`-installsuffix` has had no effect since Go caches what it builds");
    if (name == "mod")
      return value == "mod" ? remark(Fate::not_translated,
                                     "`-mod=mod` changes go.mod while building: run `go mod tidy` before")
                            : remark(Fate::not_needed,
                                     "whittle builds with -mod=vendor where there is vendor/modules.txt, "
                                     "else with -mod=readonly");
    if (name == "pgo" && (value == "auto" || value.empty()))
      return remark(Fate::not_needed, "go takes a default.pgo beside the main package by itself");
    if (name == "buildmode" && (value == "exe" || value == "default"))
      return remark(Fate::not_needed, "an executable is what whittle builds");
    if (name == "race" || name == "msan" || name == "asan")
      return remark(
          Fate::not_translated,
          fmt::format("`-{}` is for testing: its runtime library cannot be linked statically", name));
    remark(Fate::not_translated,
           fmt::format("`-{}{}{}` has no key in the spec", name, value.empty() ? "" : "=", value));
  }

  void read_tags(const std::string& value) {
    std::string tag;
    for (const char c : value + ",") {
      if (c != ',' && c != ' ') {
        tag += c;
        continue;
      }
      if (tag.empty()) continue;
      const auto why = why_refused("build-tags", fmt::format("[{}]", yaml_scalar(tag)));
      if (why.empty())
        add_once(result_.tags, tag);
      else
        remark(Fate::not_translated, fmt::format("the build tag {}: {}", tag, why));
      tag.clear();
    }
  }

  // As cmd/go splits it: blanks separate, a field that begins with a quote ends with that quote.
  static std::vector<std::string> fields(const std::string& value) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < value.size();) {
      if (std::string_view(" \t\n\r").find(value[i]) != std::string_view::npos) {
        ++i;
        continue;
      }
      const bool quoted = value[i] == '\'' || value[i] == '"';
      const auto start = quoted ? i + 1 : i;
      const auto end = std::min(quoted ? value.find(value[i], start) : value.find_first_of(" \t\n\r", start),
                                value.size());
      result.push_back(value.substr(start, end - start));
      i = quoted ? end + 1 : end;
    }
    return result;
  }

  void read_ldflags(const std::string& value) {
    const auto parts = fields(value);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto flag = parts[i].starts_with("--") ? parts[i].substr(1) : parts[i];
      const bool takes_next = flag == "-X" || flag == "-extldflags" || flag == "-linkmode" ||
                              flag == "-buildid" || flag == "-compressdwarf" || flag == "-extld";
      if (takes_next && i + 1 < parts.size()) flag += "=" + parts[++i];
      add_linker_flag(flag);
    }
  }

  void add_linker_flag(std::string flag) {
    if (flag.starts_with("-X=")) {
      std::erase_if(flag, [](char c) { return c == '\'' || c == '"'; });
      if (flag.find(mark::date) != std::string::npos)
        return remark(
            Fate::not_translated,
            fmt::format("{}: the time of a build would make each one differ; leave the variable out", flag));
    }
    if (flag.starts_with("-extldflags") && flag.find("-static") != std::string::npos)
      return remark(Fate::not_needed, "`-extldflags -static`: whittle's binaries are static");
    if (flag.starts_with("-buildid")) return remark(Fate::not_needed, "whittle keeps the build id empty");
    const auto text = spec_text(flag);
    if (!text)
      return remark(Fate::not_translated, fmt::format("{}: its value is not known before the build; write it "
                                                      "into the spec, or use ${{version}} or ${{git.commit}}",
                                                      flag));
    const auto why = why_refused("ldflags", fmt::format("[{}]", yaml_scalar(*text)));
    if (why.empty())
      add_once(result_.ldflags, *text);
    else
      remark(Fate::not_translated, fmt::format("the linker's {}: {}", flag, why));
  }

  std::span<const std::string> words_;
  GoCommand result_;
};

}  // namespace

GoCommand read_go_command(std::span<const std::string> words) {
  return CommandReader(words).read();
}

}  // namespace whittle::builder
