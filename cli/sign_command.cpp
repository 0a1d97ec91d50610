// whittle sign: sign an image where it is, as cosign does.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/key_flags.hpp"
#include "cli/session.hpp"

namespace whittle::cli {
namespace {

struct SignFlags {
  std::string place;
  KeyFlags key;
  bool recursive = false;
};

void run_sign(const SignFlags& flags, Session& session) {
  const auto place = registry::Place::parse(flags.place);
  check_holds_signatures(place);
  const auto signer = signer_of(flags.key, session);
  std::string lines;
  for (const auto& digest : sign_place(place, *signer, form_of(flags.key), flags.recursive, session))
    lines += fmt::format("{}@{}\n", place.text(), digest.text());
  session.print(lines);
}

}  // namespace

void add_sign(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<SignFlags>();
  auto* command = app.add_subcommand("sign", "Sign an image, as cosign does");
  command
      ->add_option("PLACE", flags->place,
                   "Where the image is: a registry or a layout; a tag is looked up, its digest signed")
      ->required();
  add_key_flag(*command, flags->key, "--key", "The private key")->required();
  add_signing_flags(*command, flags->key);
  command->add_flag("--recursive", flags->recursive, "Also sign each manifest of an index");
  command->callback([flags, choose] { choose([flags](Session& session) { run_sign(*flags, session); }); });
}

}  // namespace whittle::cli
