#include "cli/destinations.hpp"

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <set>

#include "cli/session.hpp"
#include "common/error.hpp"

namespace whittle::cli {

std::vector<registry::Place> destinations_of(const std::vector<std::string>& texts) {
  std::vector<registry::Place> places;
  std::set<std::string> seen;
  for (const auto& text : texts) {
    places.push_back(registry::Place::parse(text));
    if (places.back().digest)
      throw Error(ErrorKind::usage, fmt::format("{} names a digest; an image is written under a tag", text));
    if (!seen.insert(places.back().text()).second)
      throw Error(ErrorKind::usage, fmt::format("{} is named twice", text));
  }
  return places;
}

std::vector<registry::CopyOutcome> write_to_all(registry::ImageSource& image, const registry::Place& from,
                                                const std::vector<registry::Place>& places,
                                                const registry::CopyOptions& options, Session& session) {
  std::vector<std::unique_ptr<registry::ImageDestination>> destinations;
  std::vector<registry::CopyTarget> targets;
  for (const auto& to : places) {
    destinations.push_back(session.access().destination(to));
    const auto& tag = !to.tag.empty() ? to.tag : !from.tag.empty() ? from.tag : "latest";
    targets.push_back({destinations.back().get(), {tag}});
  }
  return registry::copy_image_to_many(image, targets, options, session.reporter(), session.stop());
}

void throw_failure(std::string_view doing, const std::vector<registry::CopyOutcome>& outcomes,
                   const std::vector<registry::Place>& places, Session& session) {
  const auto naming = [&](std::size_t i) { return fmt::format("{} {}", doing, places[i].text()); };
  std::exception_ptr first;
  std::size_t first_at = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].failure) continue;
    if (!first) {
      first = outcomes[i].failure;
      first_at = i;
      continue;
    }
    try {
      std::rethrow_exception(outcomes[i].failure);
    } catch (const std::exception& error) {
      session.reporter().warn(fmt::format("{}: {}", naming(i), error.what()));
    }
  }
  if (!first) return;
  in_context([&] { return naming(first_at); }, [&] { std::rethrow_exception(first); });
}

}  // namespace whittle::cli
