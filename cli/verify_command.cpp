// whittle verify: one verdict on an image, with its parts.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/key_flags.hpp"
#include "cli/own_program.hpp"
#include "cli/session.hpp"
#include "cli/slim_flags.hpp"
#include "cli/version.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "optimizer/compilers_at_hand.hpp"
#include "optimizer/content_check.hpp"
#include "optimizer/foreign_rebuild.hpp"
#include "optimizer/gate_part.hpp"
#include "optimizer/go_programs.hpp"
#include "optimizer/provenance_part.hpp"
#include "optimizer/rebuild.hpp"
#include "optimizer/reproduction.hpp"
#include "optimizer/signature_part.hpp"
#include "optimizer/verdict.hpp"
#include "slimming/slim.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

using optimizer::PartOutcome;
using optimizer::VerdictPart;

struct VerifyFlags {
  std::string place;
  KeyFlags key;
  std::string spec;
  std::string source;
  std::string from;
  std::vector<std::string> perturb = {"all"};
  std::string platform;
  bool revision = false;
  bool no_rebuild = false;
  bool offline = false;
  bool json = false;
};

optimizer::RebuildWish wish_of(const VerifyFlags& flags, Session& session) {
  const auto& here = session.host().working_directory;
  optimizer::RebuildWish wish{(here / flags.source / "").lexically_normal().parent_path()};
  if (!flags.spec.empty()) {
    wish.spec = (here / flags.spec).lexically_normal();
    if (flags.source.empty()) wish.source = wish.spec.parent_path();
  }
  wish.revision = flags.revision;
  if (!flags.platform.empty()) wish.platform = layers::Platform::parse(flags.platform);
  return wish;
}

// One run of `verify`, from the place to the verdict.
class Verification {
 public:
  Verification(const VerifyFlags& flags, Session& session)
      : flags_(flags),
        session_(session),
        wish_(wish_of(flags, session)),
        perturbations_(optimizer::parse_perturbations(flags.perturb)),
        source_(session.access().source(registry::Place::parse(flags.place))),
        root_(source_->root()),  // by tag once; all that follows is about its digest (hostile 243)
        verdict_{root_.descriptor()} {
    if (!flags.key.key.empty()) key_ = public_key_of(flags.key, session);
  }

  optimizer::Verdict run() {
    add(optimizer::checked_part("content", [&] {
      return optimizer::check_content(*source_, root_, session_.transfers(), session_.stop());
    }));
    add(key_ ? optimizer::checked_part(
                   "signature",
                   [&] { return optimizer::check_signature_of(*source_, root_, *key_, session_.stop()); })
             : VerdictPart{"signature", PartOutcome::not_checked, "no --key was given"});
    std::optional<optimizer::FoundRecord> found;
    auto provenance = optimizer::checked_part("provenance", [&] {
      found = optimizer::find_record(*source_, root_, key_ ? &*key_ : nullptr, session_.stop());
      return found ? found->detail : std::string();
    });
    if (provenance.outcome == PartOutcome::passed && !found)
      provenance = {"provenance", PartOutcome::not_checked, "the image has none of whittle's"};
    add(std::move(provenance));
    if (flags_.no_rebuild)
      add({"rebuild", PartOutcome::not_checked, "--no-rebuild"});
    else if (!found)
      add(optimizer::checked_part("rebuild", [&] { return rebuild_programs(); }));
    else if (const auto* slimmed = std::get_if<evidence::SlimRecord>(&found->record))
      add(slim_again(*slimmed));
    else
      add(optimizer::checked_part("rebuild",
                                  [&] { return rebuild(std::get<evidence::BuildRecord>(found->record)); }));
    add(gate());
    return std::move(verdict_);
  }

  // How it was built again, if it was: by its record, or by what its programs say of themselves.
  const std::optional<optimizer::Reproduction>& reproduction() const { return reproduction_; }
  const std::optional<optimizer::ForeignRebuild>& foreign_rebuild() const { return foreign_; }

 private:
  // Each build passes its binaries through the gate: of equal bytes nothing else can be said.
  VerdictPart gate() {
    if (reproduction_ && reproduction_->equal && !wish_.platform)
      return {"gate", PartOutcome::passed, "the same binaries passed it when they were built again"};
    if (content_failed())
      return {"gate", PartOutcome::not_checked, "what the image consists of is not sound"};
    return optimizer::checked_part("gate", [&] { return optimizer::check_gate(programs()); });
  }
  bool content_failed() const { return verdict_.parts.front().outcome == PartOutcome::failed; }

  const optimizer::ProgramsOfImage& programs() {
    if (!programs_) {
      scratch_.emplace(session_.cache().temporary());
      programs_ = optimizer::read_programs(*source_, root_, wish_.platform, scratch_->path(),
                                           session_.limits(), session_.stop());
      for (const auto& warning : programs_->not_understood)
        session_.reporter().warn(fmt::format("nothing is known of {}", warning));
    }
    return *programs_;
  }

  // Of what `slim` made: the same of the image that the user says it was made from.
  VerdictPart slim_again(const evidence::SlimRecord& record) {
    if (flags_.from.empty())
      return {"rebuild", PartOutcome::not_checked,
              "it was made of another image: --from PLACE says where that is, to do the same again"};
    return optimizer::checked_part("rebuild", [&] {
      const auto from = registry::Place::parse(flags_.from);
      const auto source = session_.access().source(from);
      if (const auto root = source->root(); root.digest != record.from.digest)
        throw Error(ErrorKind::unverified, fmt::format("{} is {}, and it was made from {}", from.text(),
                                                       root.digest.text(), record.from.digest.text()));
      const auto again = slim_by(record, from, *source);
      if (again == root_.digest)
        return fmt::format("made smaller again from {} to the same digest", from.text());
      throw Error(
          ErrorKind::unverified,
          fmt::format("made smaller again from {} it is {}; recorded by whittle {}, this is {}", from.text(),
                      again.text(), escaped(record.builder_version, false, 100), version));
    });
  }
  // Nobody could have given flags that mean nothing.
  slimming::SlimOptions recorded_wishes(const evidence::SlimRecord& record, const registry::Place& from) {
    try {
      return slim_options_of(flags_of(record), from, session_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
      throw Error(ErrorKind::unverified,
                  fmt::format("the provenance asks for what no slim does: {}", error.message()));
    }
  }
  Digest slim_by(const evidence::SlimRecord& record, const registry::Place& from,
                 registry::ImageSource& source) {
    auto options = recorded_wishes(record, from);
    options.is_far = false;  // nothing of it is kept
    const TemporaryFolder work(session_.cache().temporary());
    auto store = registry::Layout::open_or_create(work.path() / "store", AtomicFile::Durability::content);
    return slimming::slim(source, std::move(store), options, session_.reporter(), session_.stop())
        .image->root()
        .digest;
  }

  // For images that whittle did not build.
  std::string rebuild_programs() {
    const auto& found = programs();
    const TemporaryFolder work(session_.cache().temporary());
    foreign_ = optimizer::rebuild_programs(
        found, wish_.source, work.path(),
        {session_.host(), session_.cache(), session_.access(), session_.reporter(), host_platform(),
         session_.jobs(), flags_.offline, wall_clock(), session_.stop()});
    if (!foreign_->holds()) throw Error(ErrorKind::unverified, foreign_->summary());
    return foreign_->summary();
  }

  void add(VerdictPart part) { verdict_.parts.push_back(std::move(part)); }

  std::string rebuild(const evidence::BuildRecord& record) {
    const TemporaryFolder work(session_.cache().temporary());
    const auto checkouts = work.path() / "revision";
    make_directories(checkouts);
    auto plan = optimizer::plan_rebuild(
        wish_, {record, root_, checkouts, session_.host().find_program("git"), session_.stop()});
    builder::CCompilers compilers(session_.host(), session_.cache(), session_.stop());
    optimizer::take_compilers_at_hand(plan, host_platform(), compilers);
    optimizer::Rebuilder rebuilder(
        plan, {own_program(), session_.host(), session_.cache_folder(), work.path(), session_.jobs(),
               session_.reporter(), session_.stop()});
    const auto open = [&](const fs::path& layout) {
      return session_.access().source(registry::Place::parse(fmt::format("oci:{}:image", layout.native())));
    };
    reproduction_ = optimizer::reproduce({root_, *source_, record, wish_.platform}, plan, rebuilder,
                                         perturbations_, open, work.path() / "scratch", session_.stop());
    for (const auto& remark : reproduction_->remarks) session_.reporter().note(remark);
    if (!reproduction_->equal) throw Error(ErrorKind::unverified, reproduction_->summary());
    return reproduction_->summary();
  }

  const VerifyFlags& flags_;
  Session& session_;
  optimizer::RebuildWish wish_;
  optimizer::Perturbations perturbations_;
  std::unique_ptr<registry::ImageSource> source_;
  layers::Document root_;
  optimizer::Verdict verdict_;
  std::optional<evidence::PublicKey> key_;
  std::optional<optimizer::Reproduction> reproduction_;
  std::optional<TemporaryFolder> scratch_;
  std::optional<optimizer::ProgramsOfImage> programs_;  // in scratch_
  std::optional<optimizer::ForeignRebuild> foreign_;
};

void run_verify(const VerifyFlags& flags, Session& session) {
  const auto place = registry::Place::parse(flags.place);
  session.check_streams({place}, {});
  Verification verification(flags, session);
  const auto verdict = verification.run();
  auto json = optimizer::to_json(verdict, place.text());
  if (verification.reproduction()) json["rebuild"] = optimizer::to_json(*verification.reproduction());
  if (verification.foreign_rebuild()) json["programs"] = optimizer::to_json(*verification.foreign_rebuild());
  session.print(flags.json ? canonical(json) + "\n" : optimizer::to_text(verdict, place.text()));
  verdict.require();
}

}  // namespace

void add_verify(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<VerifyFlags>();
  auto* command = app.add_subcommand("verify", "Say whether an image is what it claims to be");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command->add_option("-f,--file", flags->spec,
                      "The spec it was built from (default: what its provenance names)");
  command->add_option("--source", flags->source, "A folder in its sources (default: here)");
  command->add_option("--from", flags->from,
                      "The image that `slim` made it from, to make it smaller again in the same way");
  command->add_flag("--revision", flags->revision,
                    "Build from the recorded commit of the repository there, not from the files as they are");
  add_key_flag(*command, flags->key, "--key", "The public key that the image has to be signed with");
  command
      ->add_option("--perturb", flags->perturb,
                   "Circumstances to change: all, none, or names from docs/verify.md")
      ->delimiter(',');
  command->add_option("--platform", flags->platform, "Build this platform alone again");
  command->add_flag("--no-rebuild", flags->no_rebuild, "Do not build the image again");
  command->add_flag("--offline", flags->offline,
                    "Fetch no Go and no modules for an image without a provenance of whittle's");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->callback([flags, choose] { choose([flags](Session& session) { run_verify(*flags, session); }); });
}

}  // namespace whittle::cli
