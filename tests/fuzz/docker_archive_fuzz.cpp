// What `docker save` writes, or somebody who says so.
#include "registry/docker_archive.hpp"

#include "tests/fuzz/archives.hpp"

void whittle::fuzz::docker_archive_input(std::string_view input) {
  using Wanted = registry::DockerArchiveSource::Wanted;
  const auto archive = parsed([&] { return open_archive(input); });
  if (!archive) return;
  SilentReporter reporter;
  for (const auto& wanted : {Wanted{}, Wanted{registry::Reference::parse("shop/api:1.4"), {}}}) {
    const auto image = parsed([&] {
      return std::make_unique<registry::DockerArchiveSource>(*archive, wanted, "docker-archive:x", reporter,
                                                             std::stop_token());
    });
    if (image) read_image(**image);
  }
}
