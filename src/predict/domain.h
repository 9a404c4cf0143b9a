/* domain.h - how far a feature vector is from known ones */
#ifndef CUXAS_DOMAIN_PRIV_H
#define CUXAS_DOMAIN_PRIV_H
#include <stddef.h>

enum { CUXAS_DOMAIN_MAX_K = 1000 };

/* cuxas_domain_distance() - mean over the k nearest of n known vectors of the root mean square difference of their
 * features; known (n, n_feature), feature (n_feature), 1 <= k <= CUXAS_DOMAIN_MAX_K */
double cuxas_domain_distance(const float *known, size_t n, size_t n_feature, size_t k, const float *feature);

#endif
