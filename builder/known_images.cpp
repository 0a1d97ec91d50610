#include "builder/known_images.hpp"

#include "common/json.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view known_image_key_version = "known image 1";

Digest place_of(const Target& target, const BuildContext& build) {
  return KeyHasher()
      .add(known_image_key_version)
      .add(build.spec.folder.native())
      .add(target.plan.spec->name)
      .add(target.plan.platform.text())
      .finish();
}

std::string text_of(const KnownImage& image) {
  Json programs = Json::array();
  for (const auto& program : image.programs) programs.push_back(program.text());
  return canonical({{"key", image.key.text()}, {"facts", image.facts}, {"programs", programs}});
}

}  // namespace

std::optional<KnownImage> known_image(const Target& target, const BuildContext& build) {
  const auto text = build.cache.get("known", place_of(target, build));
  if (!text) return std::nullopt;
  try {
    const auto json = parse_json(*text, "a cache entry");
    KnownImage image{
        Digest::parse(json.at("key").get<std::string>()), json.at("facts").get<ImageFacts>(), {}};
    for (const auto& program : json.at("programs"))
      image.programs.push_back(Digest::parse(program.get<std::string>()));
    return image;
  } catch (const std::exception&) {
    return std::nullopt;  // an entry that cannot be read is a miss
  }
}

void keep_facts(PreparedBuild& done) {
  const auto& plan = done.plan;
  for (const auto& target : plan.targets) {
    KnownImage image{*target.key, image_facts(target, plan, done.lock), {}};
    for (std::size_t i = 0; i < target.wanted().size(); ++i)
      image.programs.push_back(plan.made_from.at(target.first_request + i).inputs);
    const auto place = place_of(target, done.build);
    const auto text = text_of(image);
    if (done.build.cache.get("known", place) != text) done.build.cache.put("known", place, text);
  }
}

}  // namespace whittle::builder
