#include "cli/build_smoke.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/run_flags.hpp"
#include "cli/run_image.hpp"
#include "cli/session.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/image_documents.hpp"
#include "running/smoke.hpp"
#include "running/smoke_text.hpp"

namespace whittle::cli {
namespace {

std::optional<std::uint64_t> limit_of(const builder::ImageSpec& image) {
  if (image.limits.memory) return image.limits.memory->bytes;
  if (image.memory) return image.memory->limit;
  return std::nullopt;
}

running::SmokeOptions options_of(const builder::ImageSpec& image, const builder::Spec& spec,
                                 Session& session) {
  const auto& smoke = *image.smoke;
  auto options = run_options(session);
  options.memory = limit_of(image);
  for (const auto& [name, value] : smoke.env) options.env.push_back(name + "=" + value);
  try {
    if (!smoke.ready.empty()) options.ready = running::LocalUrl::parse(smoke.ready);
    const auto given = smoke.duration.empty() ? std::chrono::milliseconds(0)
                                              : running::parse_duration(smoke.duration, "time for `for`");
    const auto usual = given.count() > 0 ? given : std::chrono::seconds(10);
    options.duration = smoke.load.empty() ? usual : given;
    if (smoke.load.empty()) return options;
    options.load = running::read_load(smoke.load, spec.folder);
    if (smoke.stages.empty())
      options.load->stages = {{50, usual}};
    else
      options.load->stages = running::parse_stages(smoke.stages);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    throw Error(ErrorKind::spec, fmt::format("{}: `smoke`: {}", smoke.where.text(), error.message()));
  }
  return options;
}

const builder::BuiltPlatform* for_this_machine(const builder::FinishedImage& image,
                                               const layers::Platform& machine) {
  const auto& platforms = image.result.platforms;
  const auto found = std::find_if(platforms.begin(), platforms.end(),
                                  [&](const auto& one) { return one.platform.runs_on(machine); });
  return found == platforms.end() ? nullptr : &*found;
}

Error failure_of(const builder::FinishedImage& image, std::vector<running::Problem> problems) {
  bool for_memory = false;
  std::string text;
  for (const auto& problem : problems) {
    for_memory |= problem.kind == running::Problem::Kind::oom_killed;
    text += (text.empty() ? "" : "; ") + problem.text;
  }
  Error error(for_memory ? ErrorKind::budget : ErrorKind::policy,
              fmt::format("the image {} does not pass its run: {}", image.spec.name, text));
  error.hint(for_memory ? "nothing was written; `whittle tune` finds the limit and the settings that hold"
                        : "nothing was written");
  return error;
}

void smoke_image(const builder::FinishedImage& image, const builder::Spec& spec, Session& session) {
  const auto options = options_of(image.spec, spec, session);
  const auto* built = for_this_machine(image, options.machine);
  if (built == nullptr)
    return session.reporter().warn(
        fmt::format("{} is not run: it is not built for {}", image.spec.name, options.machine.text()));
  const auto documents = registry::read_image(image.source, image.source.manifest(built->image.manifest));
  auto result =
      running::smoke(image.source, documents.manifest, documents.config, options, session.reporter());
  tell_of(result.root, session);
  session.reporter().note(fmt::format("{}:\n{}", image.spec.name, running::text_of(result, false)));
  // Where nothing can be limited, what it took is compared.
  const auto peak = result.watched.peak.value_or(result.watched.highest.memory.total);
  if (!result.limited && options.memory && peak > *options.memory)
    result.problems.push_back(
        {running::Problem::Kind::oom_killed,
         fmt::format("it took {}, and its limit is {}", running::mebibytes(static_cast<double>(peak)),
                     running::mebibytes(static_cast<double>(*options.memory)))});
  if (!result.problems.empty()) throw failure_of(image, result.problems);
}

}  // namespace

void check_smoke(const builder::Spec& spec, Session& session) {
  bool any = false;
  for (const auto& image : spec.images) {
    if (!image.smoke) continue;
    any = true;
    static_cast<void>(options_of(image, spec, session));
  }
  if (!any)
    throw Error(ErrorKind::usage, "--smoke runs images as `smoke` of the spec says, and none has that")
        .hint("for example `smoke: {load: \"http://localhost:8080/\", stages: \"50/s:2s\"}`");
}

void smoke_images(const std::vector<builder::FinishedImage>& images, const builder::Spec& spec,
                  Session& session) {
  for (const auto& image : images)
    if (image.spec.smoke) smoke_image(image, spec, session);
}

}  // namespace whittle::cli
