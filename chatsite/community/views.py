from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chatsite.community.forms import CommunityForm
from chatsite.community.identity import hash_of, stylesheet_of
from chatsite.community.models import ONLY, Community

PUBLIC = "public, max-age=31536000, immutable"  # the address contains a hash of the content


@login_required
@permission_required("community.change_community", raise_exception=True)
def edit(request: HttpRequest) -> HttpResponse:
    form = CommunityForm(request.POST or None, request.FILES or None, instance=stored())
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("community")
    status = 422 if form.errors else 200
    return render(request, "community/edit.html", {"form": form}, status=status)


@require_safe
def picture(request: HttpRequest, content_hash: str) -> HttpResponse:
    return public(bytes(stored().picture), content_hash, "image/png")


@require_safe
def stylesheet(request: HttpRequest, content_hash: str) -> HttpResponse:
    return public(stylesheet_of(stored()).encode(), content_hash, "text/css")


def stored() -> Community:
    return Community.objects.filter(pk=ONLY).first() or Community(pk=ONLY)


def public(content: bytes, content_hash: str, content_type: str) -> HttpResponse:
    """Returns content that everybody may see and cache."""
    if not content or hash_of(content) != content_hash:
        raise Http404
    return HttpResponse(content, content_type, headers={"Cache-Control": PUBLIC})
