// A memory setting in the words of those who run containers, and of those who watch them.
#pragma once

#include <string>
#include <string_view>

#include "running/memory_setting.hpp"

namespace whittle::running {

enum class Emission { kubernetes, compose, docker, prometheus, grafana };

// `service` names the container, `image` is what is run. A setting with a limit. Ends with a newline.
//   kubernetes  a strategic merge patch of a Deployment: resources and env of the container
//   compose     services: … with mem_limit and environment
//   docker      flags of docker run
//   prometheus  alert rules for cAdvisor's metrics: 85 % and 95 % of the limit, and kills
//   grafana     a dashboard of the same, in JSON
std::string emit(Emission emission, const MemorySetting& setting, std::string_view service,
                 std::string_view image);

}  // namespace whittle::running
