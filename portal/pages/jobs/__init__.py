"""The pages of background jobs."""

from django.urls import path

from portal.pages.jobs import acts, detail, listing, results

urlpatterns = [
    path("jobs", listing.jobs, name="jobs"),
    path("jobs/<str:job_id>", detail.job, name="job"),
    path("jobs/<str:job_id>/cancel", acts.cancel, name="job_cancel"),
    path("jobs/<str:job_id>/repeat", acts.repeat, name="job_repeat"),
    path("jobs/<str:job_id>/rows", results.rows, name="job_rows"),
    path("jobs/<str:job_id>/files/<str:name>", acts.download, name="job_file"),
]
