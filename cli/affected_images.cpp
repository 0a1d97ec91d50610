#include "cli/affected_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace {

Json to_json(const builder::PlannedImage& image) {
  Json reasons = Json::array();
  for (const auto& reason : image.reasons) {
    Json chain = Json::array();
    for (const auto& path : reason.chain) chain.push_back(as_utf8(path));
    reasons.push_back({{"what", as_utf8(reason.what)}, {"path", as_utf8(reason.path)}, {"chain", chain}});
  }
  return {{"name", image.image}, {"affected", image.is_affected()}, {"reasons", reasons}};
}

// Nothing when the revision was left out.
std::optional<std::string> revision_of(const BuildFlags& flags) {
  if (flags.affected.empty() || flags.affected == "true") return std::nullopt;
  return flags.affected;
}

std::vector<builder::PlannedImage> planned(const builder::Spec& spec, const BuildFlags& flags,
                                           Session& session) {
  auto images = plan_as_told(spec, flags, revision_of(flags), session);
  for (const auto& image : images)
    for (const auto& reason : image.reasons)
      session.reporter().note(fmt::format("{}: {}", image.image, reason.text()));
  return images;
}

}  // namespace

void print_plan(const builder::Spec& spec, const BuildFlags& flags, Session& session) {
  Json images = Json::array();
  for (const auto& image : planned(spec, flags, session)) images.push_back(to_json(image));
  Json plan = {{"schemaVersion", 1}, {"images", images}};
  if (const auto revision = revision_of(flags)) plan["since"] = as_utf8(*revision);
  session.print(canonical(plan) + "\n");
}

void keep_only(builder::Spec& spec, const std::vector<std::string>& names) {
  std::erase_if(spec.images, [&](const builder::ImageSpec& image) {
    return std::find(names.begin(), names.end(), image.name) == names.end();
  });
}

std::vector<std::string> leave_out_unaffected(builder::Spec& spec, const BuildFlags& flags,
                                              Session& session) {
  std::vector<std::string> affected;
  std::vector<std::string> unaffected;
  for (const auto& image : planned(spec, flags, session))
    (image.is_affected() ? affected : unaffected).push_back(image.image);
  if (!unaffected.empty())
    session.reporter().note(
        fmt::format("{} of {} images are as they were", unaffected.size(), spec.images.size()));
  keep_only(spec, affected);
  return unaffected;
}

}  // namespace whittle::cli
