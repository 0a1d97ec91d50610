// An OCI image layout in a tar that others wrote.
#include "registry/oci_archive.hpp"

#include "tests/fuzz/archives.hpp"

void whittle::fuzz::oci_archive_input(std::string_view input) {
  using Wanted = registry::OciArchiveSource::Wanted;
  const auto archive = parsed([&] { return open_archive(input); });
  if (!archive) return;
  for (const auto& wanted : {Wanted{}, Wanted{"1.4", {}}}) {
    const auto image = parsed(
        [&] { return std::make_unique<registry::OciArchiveSource>(*archive, wanted, "oci-archive:x"); });
    if (image) read_image(**image);
  }
}
