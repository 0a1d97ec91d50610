// whittle sbom: what an image consists of, as a bill of materials.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"
#include "cli/wanted_images.hpp"
#include "cli/wanted_manifest.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "evidence/attachment.hpp"
#include "evidence/catalogue.hpp"
#include "evidence/sbom.hpp"
#include "registry/image_documents.hpp"
#include "registry/place.hpp"

namespace whittle::cli {
namespace {

struct SbomFlags {
  std::string place;
  std::string format;
  std::string platform;
  bool attached = false;
};

// What the image is called, without what depends on the machine that reads it.
std::string name_of(const registry::Place& place) {
  using Kind = registry::Place::Kind;
  if (place.reference && place.kind == Kind::registry) return place.reference->name();
  if (place.kind == Kind::store) return place.name;
  const auto& path = place.kind == Kind::layout ? place.folder : place.file;
  auto name = (path.has_filename() ? path : path.parent_path()).filename().native();
  return name.empty() || name == "-" || name == "." || name == ".." ? "image" : as_utf8(name);
}

evidence::SbomFormat format_of(std::string_view name) {
  return name == "cyclonedx" ? evidence::SbomFormat::cyclonedx : evidence::SbomFormat::spdx;
}

std::string attached_document(registry::ImageSource& source, const layers::Descriptor& manifest,
                              const SbomFlags& flags) {
  for (const auto& statement : evidence::attached_statements(source, manifest.digest)) {
    const auto format = evidence::sbom_format_of(statement.predicate_type);
    if (format && (flags.format.empty() || *format == format_of(flags.format)))
      return canonical(statement.predicate) + "\n";
  }
  throw Error(ErrorKind::not_found,
              fmt::format("no {}SBOM is attached to {}", flags.format.empty() ? "" : flags.format + " ",
                          manifest.digest.text()))
      .hint("without --attached it is made of the image's layers");
}

std::string row(std::string_view kind, const std::string& name, const std::string& version,
                const std::string& licence) {
  auto line = fmt::format("{:<20} {:<50} {:<32} {}", kind, escaped(name, false, 1000), escaped(version),
                          escaped(licence, false, 1000));
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

std::string table_of(const evidence::Catalogue& catalogue) {
  auto text = row("KIND", "NAME", "VERSION", "LICENCE");
  for (const auto& component : catalogue.components)
    text += row(evidence::name_of(component.kind), component.name, component.version, component.licence);
  return text;
}

void run_sbom(const SbomFlags& flags, Session& session) {
  if (flags.attached && flags.format == "table")
    throw Error(ErrorKind::usage,
                "--attached prints the document that is there, and --format table makes a new one");
  const auto place = registry::Place::parse(flags.place);
  session.check_streams({place}, {});
  const auto source = session.access().source(place);
  const auto root = source->root();
  auto manifest = wanted_manifest(root, flags.platform);
  if (flags.attached) return session.print(attached_document(*source, manifest, flags));
  const auto image = registry::read_image(*source, source->manifest(manifest));
  auto catalogue = evidence::read_catalogue(
      *source, image.manifest, {session.cache().temporary(), session.limits(), session.stop(), {}});
  evidence::add_base_image(image.manifest.annotations, catalogue);
  for (const auto& warning : catalogue.warnings) session.reporter().warn(warning);
  if (flags.format == "table") return session.print(table_of(catalogue));
  if (!manifest.platform) manifest.platform = image.config.platform;
  const evidence::SbomSubject subject{name_of(place), manifest, session.epoch(), std::string(version)};
  session.print(canonical(evidence::sbom_of(format_of(flags.format), subject, catalogue)) + "\n");
}

}  // namespace

void add_sbom(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<SbomFlags>();
  auto* command = app.add_subcommand("sbom", "List the packages and modules in an image");
  command->add_option("PLACE", flags->place, "Where the image is")->required();
  command->add_option("--format", flags->format, "spdx (the default), cyclonedx, or table for people")
      ->check(CLI::IsMember({"spdx", "cyclonedx", "table"}));
  command->add_option("--platform", flags->platform,
                      "Of an image for several: which one (default: this machine's)");
  command->add_flag("--attached", flags->attached,
                    "Print the SBOM that is attached to the image instead of reading its layers");
  command->callback([flags, choose] { choose([flags](Session& session) { run_sbom(*flags, session); }); });
}

}  // namespace whittle::cli
