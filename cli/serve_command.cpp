// whittle serve: an image layout or whittle's own store as a registry of this machine.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/layout.hpp"
#include "registry/place.hpp"
#include "serving/distribution.hpp"
#include "serving/pushes.hpp"
#include "serving/server.hpp"
#include "serving/uploads.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

struct ServeFlags {
  std::string place;
  std::string listen = "127.0.0.1:5000";
  std::string name;
  bool expose = false;
  bool writable = false;
};

// The folder of what is served: a layout, named as a place or as a folder, or the store.
fs::path served_folder(const std::string& place, const Session& session) {
  if (place == "local:" || place == "local") return session.cache_folder() / "store";
  if (!place.starts_with("oci:") && place.find(':') == std::string::npos) return place;
  const auto parsed = registry::Place::parse(place);
  if (parsed.kind != registry::Place::Kind::layout)
    throw Error(ErrorKind::usage, fmt::format("{} cannot be served", shown(place)))
        .hint("name a folder with an image layout, oci:DIR, or local: for whittle's own store");
  if (!parsed.tag.empty() || parsed.digest)
    throw Error(ErrorKind::usage, fmt::format("{} is one image; a layout is served as a whole", shown(place)))
        .hint(fmt::format("write oci:{}", escaped(parsed.folder.native())));
  return parsed.folder;
}

std::string repository_of(const ServeFlags& flags, const fs::path& folder) {
  if (flags.name.empty())
    return serving::repository_named(fs::absolute(folder).lexically_normal().filename().native());
  if (serving::is_repository(flags.name)) return flags.name;
  throw Error(ErrorKind::usage, fmt::format("--name {} is no name of a repository", shown(flags.name)))
      .hint("lower-case letters and digits, with single `.`, `_` or `-` between, and slashes");
}

registry::Layout layout_in(const fs::path& folder, bool writable) {
  if (writable) return registry::Layout::open_or_create(folder, AtomicFile::Durability::synced);
  try {
    return registry::Layout::open(folder);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::not_found) error.hint("--writable makes one, for what is pushed");
    throw;
  }
}

void run_serve(const ServeFlags& flags, Session& session) {
  const auto address = serving::ListenAddress::parse(flags.listen);
  if (!address.is_loopback() && !flags.expose)
    throw Error(ErrorKind::usage,
                fmt::format("at {} others could {} the images, without a password and in plain text",
                            address.text(), flags.writable ? "read and replace" : "read"))
        .hint("--expose allows it; 127.0.0.1 is for this machine alone");
  auto folder = served_folder(flags.place, session);
  if (!folder.has_filename()) folder = folder.parent_path();
  const auto own = repository_of(flags, folder);
  // What is in whittle's own store has the name of an image before its tag.
  const bool is_own_store = folder == session.cache_folder() / "store";
  serving::ServedStore store(layout_in(folder, flags.writable), own,
                             is_own_store ? own + ":" : std::string());
  serving::Uploads uploads(folder);
  serving::Pushes pushes(store, uploads);
  serving::Distribution distribution(store, session.reporter(), flags.writable ? &pushes : nullptr);
  const auto answer = [&](const serving::Request& request, ByteSource& body) {
    auto result = distribution.answer(request, body);
    session.reporter().verbose(
        fmt::format("{} {}: {}", escaped(request.method), escaped(request.path), result.status));
    return result;
  };
  serving::Server server(address, answer);
  const auto listing = store.listing();
  std::uint64_t tags = 0;
  for (const auto& [name, all] : listing->repositories) tags += all.size();
  session.reporter().note(fmt::format(
      "serving {} in {} of {}, to be {}; ctrl-c ends it", plural(tags, "tag"),
      listing->repositories.size() == 1 ? "1 repository"
                                        : fmt::format("{} repositories", listing->repositories.size()),
      escaped(folder.native(), false, 4096), flags.writable ? "read and written" : "read only"));
  session.print(server.address().text() + "\n");
  server.run(session.stop());
}

}  // namespace

void add_serve(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<ServeFlags>();
  auto* command = app.add_subcommand("serve", "Serve an image layout, or whittle's own store, as a registry");
  command
      ->add_option("PLACE", flags->place,
                   "A folder with an image layout, oci:DIR, or local: for whittle's own store")
      ->required();
  command->add_option("--listen", flags->listen,
                      "Address and port; port 0 takes a free one (default: 127.0.0.1:5000)");
  command->add_option("--name", flags->name,
                      "The repository of images that have a tag alone (default: the folder's name)");
  command->add_flag("--writable", flags->writable,
                    "Take images that are pushed, too; the layout is made if there is none");
  command->add_flag("--expose", flags->expose,
                    "Allow an address that other machines can reach, in plain HTTP");
  command->callback([flags, choose] { choose([flags](Session& session) { run_serve(*flags, session); }); });
}

}  // namespace whittle::cli
