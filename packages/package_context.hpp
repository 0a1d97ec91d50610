// What everything that fetches from package archives needs.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/report.hpp"
#include "registry/web.hpp"

namespace whittle::packages {

// Borrows all of it.
struct PackageContext {
  registry::Web& web;
  std::filesystem::path cache;  // holds indexes/ and debs/, files named by their digest; made when needed
  Reporter& reporter;
  std::stop_token stop;
};

// ROOT/PATH as a URL. Of the path those characters are percent-encoded that would mean something else.
std::string archive_url(std::string_view root, std::string_view path);

}  // namespace whittle::packages
