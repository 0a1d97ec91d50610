// whittle unpack: the files of an image in a folder, and how a runtime is to run them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/run_image.hpp"
#include "cli/session.hpp"
#include "common/text.hpp"
#include "running/bundle.hpp"
#include "running/unpacked_folder.hpp"

namespace whittle::cli {
namespace {

struct UnpackFlags {
  std::string place;
  std::string folder;
  std::string platform;
  bool bundle = false;
};

void run_unpack(const UnpackFlags& flags, Session& session) {
  const auto caller = running::Caller::of_this_process();
  running::UnpackedFolder folder(session.host().working_directory / flags.folder);
  const auto image = read_run_image(flags.place, flags.platform, session);
  running::UnpackOptions options;
  options.ownership.kept = caller.is_root();
  options.limits = session.limits();
  options.stop = session.stop();
  const auto root = running::unpack_root(*image.source, image.manifest, image.config, folder.path(),
                                         session.reporter(), options);
  if (flags.bundle) {
    const auto account = running::account_for(caller, image.config, root);
    running::write_bundle(folder.path(),
                          running::runtime_config(image.config, account, running::confinement_for(caller)));
    folder.commit();
  } else {
    folder.commit("rootfs");
  }
  tell_of(root, session);
  session.reporter().note(fmt::format("{}, {}, {}, {} in {}", plural(root.written.files, "file"),
                                      plural(root.written.folders, "folder"),
                                      plural(root.written.links, "symbolic link"), human_size(root.bytes),
                                      escaped(flags.folder, false, 1000)));
  if (!caller.is_root()) session.reporter().note("all of it belongs to you: only root can give files away");
  session.print(fmt::format("{}@{}\n", image.place.text(), image.descriptor.digest.text()));
}

}  // namespace

void add_unpack(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<UnpackFlags>();
  auto* command = app.add_subcommand("unpack", "Unpack the files of an image into a folder");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command->add_option("DIR", flags->folder, "A folder that is empty, or not there yet")->required();
  command->add_flag("--bundle", flags->bundle,
                    "Write config.json for an OCI runtime, and the files into rootfs");
  command->add_option("--platform", flags->platform,
                      "Of an image for several: which one (default: this machine's)");
  command->callback([flags, choose] { choose([flags](Session& session) { run_unpack(*flags, session); }); });
}

}  // namespace whittle::cli
