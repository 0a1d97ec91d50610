// whittle verify: one verdict on an image, with its parts.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/key_flags.hpp"
#include "cli/session.hpp"
#include "optimizer/content_check.hpp"
#include "optimizer/signature_part.hpp"
#include "optimizer/verdict.hpp"

namespace whittle::cli {
namespace {

struct VerifyFlags {
  std::string place;
  KeyFlags key;
  bool no_rebuild = false;
  bool json = false;
};

void run_verify(const VerifyFlags& flags, Session& session) {
  if (!flags.no_rebuild)
    throw Error(ErrorKind::unsupported, "building an image again to compare is not done yet")
        .hint("`verify --no-rebuild` checks all the rest");
  const auto place = registry::Place::parse(flags.place);
  session.check_streams({place}, {});
  std::optional<evidence::PublicKey> key;
  if (!flags.key.key.empty()) key = public_key_of(flags.key, session);
  const auto source = session.access().source(place);
  const auto root = source->root();  // by tag once; all that follows is about its digest (hostile 243)
  optimizer::Verdict verdict{root.descriptor()};
  verdict.parts.push_back(optimizer::checked_part("content", [&] {
    return optimizer::check_content(*source, root, session.transfers(), session.stop());
  }));
  verdict.parts.push_back(
      key ? optimizer::checked_part(
                "signature",
                [&] { return optimizer::check_signature_of(*source, root, *key, session.stop()); })
          : optimizer::VerdictPart{"signature", optimizer::PartOutcome::not_checked, "no --key was given"});
  verdict.parts.push_back({"rebuild", optimizer::PartOutcome::not_checked, "--no-rebuild"});
  session.print(flags.json ? canonical(optimizer::to_json(verdict, place.text())) + "\n"
                           : optimizer::to_text(verdict, place.text()));
  verdict.require();
}

}  // namespace

void add_verify(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<VerifyFlags>();
  auto* command = app.add_subcommand("verify", "Say whether an image is what it claims to be");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  add_key_flag(*command, flags->key, "--key", "The public key that the image has to be signed with");
  command->add_flag("--no-rebuild", flags->no_rebuild, "Do not build the image again");
  command->add_flag("--json", flags->json, "As JSON (docs/formats.md)");
  command->callback([flags, choose] { choose([flags](Session& session) { run_verify(*flags, session); }); });
}

}  // namespace whittle::cli
