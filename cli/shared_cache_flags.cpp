#include "cli/shared_cache_flags.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/key_flags.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace {

registry::Place cache_place(const std::string& text) {
  using Kind = registry::Place::Kind;
  auto place = registry::Place::parse(text);
  if ((place.kind != Kind::registry && place.kind != Kind::layout) || place.digest || !place.tag.empty())
    throw Error(ErrorKind::usage, fmt::format("{} cannot be a shared cache", shown(text)))
        .hint("name a repository of a registry, or a layout oci:DIR, without a tag");
  return place;
}

std::optional<evidence::PublicKey> trusted_key(const SharedCacheFlags& flags, const builder::Spec& spec,
                                               Session& session) {
  KeyFlags key;
  key.key = flags.trust;
  if (key.key.empty() && !spec.cache.trust.empty()) {
    key.key = spec.cache.trust;
    const auto source = evidence::KeySource::parse(key.key);
    if (source.kind == evidence::KeySource::Kind::file) key.key = (spec.folder / source.name).native();
  }
  if (key.key.empty()) return std::nullopt;
  return public_key_of(key, session);
}

}  // namespace

void add_shared_cache_flags(CLI::App& command, SharedCacheFlags& flags) {
  command.add_option("--cache", flags.place,
                     "A repository where machines share what they have built, instead of the spec's "
                     "`cache`; none: no such place");
  command.add_flag("--cache-write", flags.write, "Keep there what this machine builds");
  command.add_option("--cache-trust", flags.trust,
                     "Take from there only what this public key has signed: FILE, env:NAME or cmd:PROGRAM");
}

std::optional<builder::SharedCacheOptions> shared_cache_of(const SharedCacheFlags& flags,
                                                           const builder::Spec& spec,
                                                           evidence::Signer* signer, Session& session) {
  const auto& place = flags.place.empty() ? spec.cache.place : flags.place;
  if (place.empty() || place == "none") {
    if (flags.write || !flags.trust.empty())
      throw Error(ErrorKind::usage, "no shared cache is named")
          .hint("add --cache PLACE, or `cache:` to the spec");
    return std::nullopt;
  }
  builder::SharedCacheOptions options{cache_place(place), flags.write, trusted_key(flags, spec, session),
                                      signer};
  options.access = [&session](std::stop_token stop) { return session.open_access(std::move(stop)); };
  if (options.write && options.trust && signer == nullptr)
    throw Error(ErrorKind::usage, "records of this shared cache have to be signed").hint("add --sign KEY");
  return options;
}

}  // namespace whittle::cli
