#include "cli/slim_flags.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>

#include "common/error.hpp"
#include "common/text.hpp"
#include "slimming/rules.hpp"

namespace whittle::cli {
namespace {

using Format = layers::Compression::Format;
using Level = layers::Compression::Level;

struct Form {
  Format format;
  bool by_file;
};
const std::map<std::string, Form> forms = {{"gzip", {Format::gzip, false}},
                                           {"zstd", {Format::zstd, false}},
                                           {"estargz", {Format::gzip, true}},
                                           {"zstd:chunked", {Format::zstd, true}}};
const std::map<std::string, Level> levels = {
    {"fast", Level::fast}, {"balanced", Level::balanced}, {"smallest", Level::smallest}};

template <class Value>
const Value& named(const std::map<std::string, Value>& values, std::string_view flag,
                   const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end())
    throw Error(ErrorKind::usage, fmt::format("--{} {} means nothing", flag, shown(name)));
  return found->second;
}

slimming::KeepLayers keep_layers_of(const std::string& text) {
  if (text == "auto") return {};
  if (text == "all") return slimming::KeepLayers::all();
  constexpr std::size_t most_digits = 6;
  const bool is_number = !text.empty() && text.size() <= most_digits &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number)
    throw Error(ErrorKind::usage, fmt::format("--keep-layers {} is no number of layers", shown(text)))
        .hint("a number from 0, `all` or `auto`");
  return {std::stoul(text)};
}

// What `--closure` says; "true" is the flag alone.
slimming::SlimOptions::Keep kept_files_of(const std::string& closure) {
  using Keep = slimming::SlimOptions::Keep;
  if (closure.empty() || closure == "false") return Keep::all;
  if (closure == "true") return Keep::closure;
  if (closure == "strict") return Keep::strict_closure;
  throw Error(ErrorKind::usage, fmt::format("--closure={} means nothing", escaped(closure)))
      .hint("`--closure`, or `--closure=strict` for what is surely needed alone");
}

}  // namespace

void add_slim_flags(CLI::App& command, SlimFlags& flags) {
  command.add_option("--platform", flags.platforms, "Only this platform of an index; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--without", flags.without, "A rule that does not apply; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--keep", flags.keep, "A pattern of paths that stay whatever rules say; repeatable")
      ->allow_extra_args(false);
  command.add_flag(
      "--closure", flags.closure,
      "Keep only what the image needs to start and to do its work; =strict: what it surely needs");
  command.add_option("--keep-layers", flags.keep_layers,
                     "How many of the lowest layers stay layers of their own: a number, all, or auto: those "
                     "below the first in which something changes");
  command.add_flag("--recompress", flags.recompress,
                   "Touch no content: the same layers, compressed anew where that is smaller");
  command
      .add_option("--compression", flags.compression,
                  "Of new layers: gzip, zstd, estargz or zstd:chunked (default: zstd if all layers are, else "
                  "gzip)")
      ->check(CLI::IsMember({"gzip", "zstd", "estargz", "zstd:chunked"}));
  command
      .add_option("--level", flags.level,
                  "Of compression: fast, balanced or smallest (default: smallest for layers up to 32 MiB, "
                  "else balanced)")
      ->check(CLI::IsMember({"fast", "balanced", "smallest"}));
}

slimming::SlimOptions slim_options_of(const SlimFlags& flags, const registry::Place& from, Session& session) {
  if (flags.recompress && (!flags.without.empty() || !flags.keep.empty() || !flags.closure.empty() ||
                           flags.keep_layers != "auto"))
    throw Error(ErrorKind::usage,
                "--recompress touches no content, so there is nothing to keep or to leave out")
        .hint("leave out --without, --keep, --closure and --keep-layers");
  slimming::SlimOptions options;
  options.without = flags.without;
  options.keep = flags.keep;
  options.files = kept_files_of(flags.closure);
  options.keep_layers = keep_layers_of(flags.keep_layers);
  options.recompress = flags.recompress;
  if (!flags.compression.empty()) {
    const auto& form = named(forms, "compression", flags.compression);
    if (form.by_file && flags.recompress)
      throw Error(
          ErrorKind::usage,
          fmt::format("--recompress leaves the layers' contents as they are, and {} arranges them anew",
                      flags.compression))
          .hint("leave out --recompress");
    options.format = form.format;
    options.by_file = form.by_file;
  }
  if (!flags.level.empty()) options.level = named(levels, "level", flags.level);
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  options.scratch = session.cache_folder() / "tmp";
  options.is_far = from.kind == registry::Place::Kind::registry;
  options.jobs = session.jobs();
  options.limits = session.limits();
  slimming::enabled_rules(flags.without);  // a wrong name is told before anything is read
  return options;
}

std::map<std::string, std::vector<std::string>> recorded_options(const SlimFlags& flags) {
  std::map<std::string, std::vector<std::string>> options;
  const auto add = [&](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) options.emplace(name, values);
  };
  const auto add_text = [&](const char* name, const std::string& value) {
    if (!value.empty()) options.emplace(name, std::vector{value});
  };
  add("platform", flags.platforms);
  add("without", flags.without);
  add("keep", flags.keep);
  add_text("keep-layers", flags.keep_layers == "auto" ? std::string() : flags.keep_layers);
  add_text("closure", flags.closure == "false" ? std::string() : flags.closure);
  add_text("recompress", flags.recompress ? "true" : "");
  add_text("compression", flags.compression);
  add_text("level", flags.level);
  return options;
}

SlimFlags flags_of(const evidence::SlimRecord& record) {
  SlimFlags flags;
  const auto several = [&](const char* name, std::vector<std::string>& values) {
    if (const auto found = record.options.find(name); found != record.options.end()) values = found->second;
  };
  const auto one = [&](const char* name, std::string& value) {
    std::vector<std::string> values;
    several(name, values);
    if (values.size() > 1)
      throw Error(ErrorKind::unverified, fmt::format("the provenance has several values of --{}", name));
    if (!values.empty()) value = values.front();
  };
  several("platform", flags.platforms);
  several("without", flags.without);
  several("keep", flags.keep);
  one("keep-layers", flags.keep_layers);
  one("closure", flags.closure);
  one("compression", flags.compression);
  one("level", flags.level);
  std::string recompress;
  one("recompress", recompress);
  flags.recompress = recompress == "true";
  return flags;
}

}  // namespace whittle::cli
