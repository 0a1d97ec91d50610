// What package managers leave in an image: whatever is read of it becomes components that an SBOM can hold.
#include "evidence/package_database.hpp"

#include "common/json.hpp"
#include "common/text.hpp"
#include "evidence/licence.hpp"
#include "evidence/sbom.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::evidence;

namespace {

void require_listable(std::vector<Component> components) {
  using whittle::fuzz::require;
  settle(components);
  for (const auto& component : components) {
    require(whittle::is_utf8(component.name) && whittle::is_utf8(component.version), "names are text");
    require(component.purl().find_first_of(" \n\"<>") == std::string::npos, "a package URL has no blanks");
  }
  const SbomSubject subject{"it", {"type", whittle::Digest::of(std::string_view()), 0}, 0, "1"};
  for (const auto format : {SbomFormat::spdx, SbomFormat::cyclonedx})
    require(!whittle::canonical(sbom_of(format, subject, {components, {}})).empty(),
            "every component can be listed");
}

}  // namespace

void whittle::fuzz::package_database_input(std::string_view input) {
  if (const auto packages = parsed([&] { return dpkg_packages(input, "the input"); }))
    require_listable(*packages);
  if (const auto packages = parsed([&] { return apk_packages(input, "the input"); }))
    require_listable(*packages);
  for (const auto& expression : {licence_expression(input), licence_of_copyright(input)})
    for (const auto& [id, name] : licence_references(expression))
      require(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
                  std::string::npos,
              "a reference is an identifier");
  require(is_utf8(distribution_of(input)), "a distribution's name is text");
}
