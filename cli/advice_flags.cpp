#include "cli/advice_flags.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "builder/locking.hpp"
#include "cli/spec_edits.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "optimizer/advise.hpp"

namespace whittle::cli {
namespace {

optimizer::AdviseOptions options_of(const AdviceFlags& flags, const AdviceWish& wish, Session& session) {
  optimizer::AdviseOptions options;
  if (!wish.platform.empty()) options.platform = layers::Platform::parse(wish.platform);
  options.build.epoch = session.epoch();
  options.build.jobs = session.jobs();
  options.build.host_platform = host_platform();
  options.build.locked = is_locked(flags.lock, session.host());
  options.build.offline = flags.lock.offline;
  options.build.now = wall_clock();
  options.build.limits = session.limits();
  return options;
}

// The lock may lack what the new spec asks for: a compressor, most of all.
void renew_lock(const builder::Spec& spec, const AdviceFlags& flags, const builder::LockParts& parts,
                Session& session) {
  builder::LockOptions options;
  options.host_platform = host_platform();
  options.offline = flags.lock.offline;
  options.now = wall_clock();
  options.jobs = session.jobs();
  if (builder::check_lock(spec, options, parts).good()) return;
  if (is_locked(flags.lock, session.host()) || flags.lock.offline)
    return session.reporter().warn("the lock is stale now: run `whittle lock` and commit both");
  const auto update = builder::update_lock(spec, options, parts);
  session.reporter().note(fmt::format("wrote {}; commit both", escaped(update.file.native(), false, 4096)));
}

// Writes the edits of all advice; false when there are none.
bool apply(const std::vector<optimizer::AdvisedImage>& images, const builder::Spec& spec, Session& session) {
  std::vector<optimizer::SpecEdit> edits;
  for (const auto& image : images)
    for (const auto& advice : image.advice)
      edits.insert(edits.end(), advice.edits.begin(), advice.edits.end());
  if (edits.empty()) {
    session.reporter().note("there is nothing to write to the spec");
    return false;
  }
  write_edits(spec, edits, session);
  return true;
}

}  // namespace

void add_advice_flags(CLI::App& command, AdviceFlags& flags) {
  auto* advise = command.add_flag(
      "--advise", flags.advise,
      "Build the images of whittle.yaml in other ways and say what each would save; IMAGE instead of PLACE");
  command.add_flag("--apply", flags.apply, "Write what is safe of that to the spec")->needs(advise);
  command.add_option("-f,--file", flags.file, "The spec (default: whittle.yaml here)")->needs(advise);
  add_lock_flags(command, flags.lock);
  for (const auto* flag : {"--locked", "--no-locked", "--offline"}) command.get_option(flag)->needs(advise);
}

void run_advise(const AdviceFlags& flags, const AdviceWish& wish, Session& session) {
  const auto spec = spec_of(wish.images, session.host().working_directory, session.limits());
  if (flags.apply && spec.file.empty())
    throw Error(ErrorKind::usage, "--apply writes to a spec, and there is none here")
        .hint("write one: `whittle init`");
  const builder::LockParts parts{session.host(), session.cache(), session.access(), session.reporter(),
                                 session.stop()};
  const auto images = optimizer::advise(spec, options_of(flags, wish, session), parts);
  const bool applied = flags.apply && apply(images, spec, session);
  if (applied) renew_lock(builder::read_spec(spec.file, session.limits()), flags, parts, session);
  if (wish.json) return session.print(canonical(optimizer::to_json(images)) + "\n");
  std::string text;
  for (const auto& image : images)
    text += (text.empty() ? "" : "\n") + optimizer::text_of(image, {session.color_results(), applied});
  session.print(text);
}

}  // namespace whittle::cli
