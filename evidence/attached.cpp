#include "evidence/attached.hpp"

#include <fmt/format.h>

#include <optional>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "evidence/bundle.hpp"
#include "evidence/statement_claim.hpp"
#include "evidence/unverified_json.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/referral.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t most_attached = 1000;
constexpr unsigned requests_at_once = 8;

// What is listed was there: that it is not says something of the place, not of the image (hostile.md, 241).
template <class Work>
auto expected_there(const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::registry, fmt::format("what is listed is not there: {}", error.message()));
  }
}

void check_count(std::size_t count, const Sought& sought) {
  if (count > most_attached)
    throw Error(ErrorKind::limit,
                fmt::format("{} signatures or attestations belong to {}, more than the limit of {}", count,
                            sought.subject.text(), most_attached));
}

// Some registries list the type of the configuration as that of the artifact, and some list none.
bool may_be_bundle(const layers::Descriptor& listed) {
  namespace type = layers::media_type;
  const auto& stated = listed.artifact_type;
  return type::is_manifest(listed.media_type) &&
         (stated.empty() || stated == type::empty || type::is_config(stated) || is_bundle_type(stated));
}

bool is_wanted(const layers::Manifest& manifest, const Sought& sought) {
  if (!manifest.subject || manifest.subject->digest != sought.subject) return false;
  const auto said = manifest.annotations.find(std::string(bundle_predicate_annotation));
  if (said == manifest.annotations.end()) return true;
  return sought.predicate_type.empty() ? said->second != sign_predicate
                                       : said->second == sought.predicate_type;
}

std::vector<Attached> find_bundles(registry::ImageSource& source, const Sought& sought,
                                   const std::stop_token& stop) {
  auto listed = source.referrers(sought.subject);
  std::erase_if(listed, [](const auto& one) { return !may_be_bundle(one); });
  check_count(listed.size(), sought);
  std::vector<std::vector<layers::Descriptor>> bundles(listed.size());
  parallel_for(listed.size(), requests_at_once, stop, [&](std::size_t i) {
    const auto document = expected_there([&] { return source.manifest(listed[i]); });
    const auto manifest =
        layers::parse_manifest(document, fmt::format("manifest {}", document.digest.text()));
    if (!is_wanted(manifest, sought)) return;
    for (const auto& layer : manifest.layers)
      if (is_bundle_type(layer.media_type)) bundles[i].push_back(layer);
  });
  std::vector<Attached> found;
  for (auto& layers : bundles) {
    check_count(found.size() + layers.size(), sought);
    for (auto& layer : layers) found.push_back({Form::bundle, std::move(layer)});
  }
  return found;
}

}  // namespace

std::string_view name_of(Form form) {
  return form == Form::bundle ? "bundle" : "tag";
}

std::string attached_tag(const Digest& subject, std::string_view suffix) {
  return fmt::format("{}{}", registry::referrers_tag(subject), suffix);
}

std::vector<Attached> find_attached(registry::ImageSource& source, const Sought& sought,
                                    const std::stop_token& stop) {
  auto found = in_context([&] { return fmt::format("looking for bundles of {}", sought.subject.text()); },
                          [&] { return find_bundles(source, sought, stop); });
  const auto tag = attached_tag(sought.subject, sought.suffix);
  in_context([&] { return fmt::format("reading the tag {}", tag); },
             [&] {
               const auto document = source.tagged(tag);
               if (!document) return;
               const auto manifest =
                   layers::parse_manifest(*document, fmt::format("manifest {}", document->digest.text()));
               check_count(found.size() + manifest.layers.size(), sought);
               for (const auto& layer : manifest.layers) found.push_back({Form::tag, layer});
             });
  return found;
}

std::string read_attached(registry::ImageSource& source, const Attached& one) {
  const auto what = fmt::format("blob {}", one.blob.digest.text());
  if (one.blob.size > payload_limit)
    throw Error(ErrorKind::limit,
                fmt::format("{}, a signature or attestation, has {} bytes, more than the limit of {}", what,
                            one.blob.size, payload_limit));
  return expected_there([&] {
    const auto blob = source.open_blob(one.blob);
    return read_all(*blob, payload_limit, what);
  });
}

}  // namespace whittle::evidence
